// The whole life of a VM by a client that is generated from the document: life.js SOCKET DEFINITION
import createClient from "openapi-fetch";
import { Agent, fetch as undiciFetch } from "undici";
import type { components, paths } from "./schema.js";

type Vm = components["schemas"]["Vm"];
declare const process: { argv: string[]; exitCode: number | undefined };

const [socketPath, folder] = process.argv.slice(2);
if (!socketPath || !folder) throw new Error("usage: life.js SOCKET FOLDER");

const dispatcher = new Agent({ connect: { socketPath } });
const throughSocket = async (request: Request): Promise<Response> => {
  const body = request.method === "GET" || request.method === "DELETE" ? undefined : await request.text();
  const answer = await undiciFetch(request.url, {
    method: request.method,
    headers: Object.fromEntries(request.headers.entries()),
    body: body === "" ? undefined : body,
    dispatcher,
  });
  return answer as unknown as Response;
};
const client = createClient<paths>({ baseUrl: "http://localhost", fetch: throughSocket });

function check(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(`it is not so that ${what}`);
  console.log(`ok: ${what}`);
}

function must<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  if (answer.data === undefined) throw new Error(`${answer.response.url}: ${JSON.stringify(answer.error)}`);
  return answer.data;
}

const web = { params: { path: { name: "web" } } };
const waiting = { params: { path: { name: "web" }, header: { Prefer: "wait=30" } } };
const linux = { kernel: `${folder}/kernel`, initrd: `${folder}/initrd` };
const definition = {
  metadata: { name: "web", labels: { team: "infra" } },
  spec: { cpus: 2, memory: "64MiB", boot: { linux } },
};

async function stateOf(): Promise<string> {
  return (must(await client.GET("/v1/vms/{name}", web)) as Vm).status.state;
}

async function create(): Promise<void> {
  check(must(await client.GET("/v1")).apiVersions.includes("v1"), "the daemon speaks v1");
  check(must(await client.GET("/v1/capabilities")).items.length === 3, "three runners are known");
  check(must(await client.POST("/v1/vms:plan", { body: definition })).action === "create", "a plan would create");
  const created = must(await client.POST("/v1/vms", { body: definition }));
  check(created.metadata.generation === 1 && created.status.state === "stopped", "a VM is created");
  const again = await client.POST("/v1/vms", { body: definition });
  check(again.error?.code === "already-exists", "a second one of that name is refused");
  const query = { labelSelector: "team=infra", limit: 10 };
  check(must(await client.GET("/v1/vms", { params: { query } })).items.length === 1, "it is listed by its label");
}

async function change(): Promise<void> {
  const got = await client.GET("/v1/vms/{name}", web);
  const tag = got.response.headers.get("ETag") ?? "";
  const body = { ...definition, spec: { ...definition.spec, cpus: 3 } };
  const put = { params: { path: { name: "web" }, header: { "If-Match": tag } }, body };
  check(must(await client.PUT("/v1/vms/{name}", put)).spec.cpus === 3, "its definition is replaced");
  check((await client.PUT("/v1/vms/{name}", put)).error?.code === "precondition-failed", "an old tag is refused");
  const patch = {
    ...web,
    body: { metadata: { protect: true } },
    headers: { "Content-Type": "application/merge-patch+json" },
  };
  check(must(await client.PATCH("/v1/vms/{name}", patch)).metadata.protect === true, "it is protected");
  check((await client.DELETE("/v1/vms/{name}", web)).error?.code === "protected", "so it is not deleted");
  must(await client.PATCH("/v1/vms/{name}", { ...patch, body: { metadata: { protect: false } } }));
}

async function run(): Promise<void> {
  must(await client.POST("/v1/vms/{name}/start", waiting));
  check((await stateOf()) === "running", "it is started");
  must(await client.POST("/v1/vms/{name}/pause", waiting));
  check((await stateOf()) === "paused", "it is paused");
  must(await client.POST("/v1/vms/{name}/resume", waiting));
  const query = { for: "running" as const, timeout: "30s" };
  must(await client.GET("/v1/vms/{name}/wait", { params: { path: { name: "web" }, query } }));
  check((await stateOf()) === "running", "it goes on");
  const status = must(await client.GET("/v1/vms/{name}/console/status", web));
  check(status.running && status.boots.length === 1, "its console knows one boot");
  const stop = { ...waiting, body: { timeout: "20s", escalate: true } };
  must(await client.POST("/v1/vms/{name}/stop", stop));
  check((await stateOf()) === "stopped", "it is stopped");
  const operations = must(await client.GET("/v1/operations", { params: { query: { vm: "web" } } })).items;
  check(operations.length === 4 && operations.every((one) => one.state === "succeeded"), "four operations succeeded");
}

async function end(): Promise<void> {
  const cloned = must(await client.POST("/v1/vms/{name}/clone", { ...web, body: { name: "web-2" } }));
  check(cloned.metadata.name === "web-2", "it is cloned");
  must(await client.POST("/v1/vms/{name}/rename", { ...web, body: { name: "db" } }));
  check((await client.GET("/v1/vms/{name}", web)).error?.code === "not-found", "it has another name");
  for (const name of ["db", "web-2"]) {
    const gone = await client.DELETE("/v1/vms/{name}", { params: { path: { name } } });
    check(gone.response.status === 204, `${name} is deleted`);
  }
  const page = must(await client.GET("/v1/events", { params: { query: { limit: 1000 } } }));
  if (typeof page === "string" || !("items" in page)) throw new Error("events came in another form than was asked for");
  const types = page.items.map((event) => event.type);
  check(types.includes("vm.created") && types.includes("vm.deleted"), "its events are kept");
}

await create();
await change();
await run();
await end();
await dispatcher.close();
