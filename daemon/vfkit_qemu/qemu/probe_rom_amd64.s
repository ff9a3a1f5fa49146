.set BASE, 0xffff0000
.code16
start:
  cli
  .byte 0x2e            # cs:
  lgdtl gdtr - origin
  movl %cr0, %eax
  orl $1, %eax
  movl %eax, %cr0
  ljmpl $0x08, $(BASE + 0xfe00 + (protected - origin2))
origin2 = start
origin = start - 0xfe00
.code32
protected:
  movw $0x10, %ax
  movw %ax, %ds
  movw %ax, %ss
  movl $0x2007, 0x1000        # PML4[0] -> PDPT
  movl $0x3007, 0x2000        # PDPT[0] -> PD of the first GiB
  movl $0x4007, 0x2018        # PDPT[3] -> PD of the fourth
  movl $0x87, 0x3000          # 2 MiB of RAM
  movl $0xfee00093, 0x4fb8      # local APIC 
  movl $0xffe00083, 0x4ff8    # this ROM
  movl $0x1000, %eax
  movl %eax, %cr3
  movl $0x20, %eax
  movl %eax, %cr4
  movl $0xc0000080, %ecx
  rdmsr
  orl $0x100, %eax
  wrmsr
  movl $0x80000011, %eax
  movl %eax, %cr0
  ljmpl $0x18, $(BASE + 0xfe00 + (long - start))
.code64
long:
  movl $0x8000, %esp
  # IDT at 0x5000, gate 0x20 at 0x5200
  movl $(0x00180000 + (0xfe00 + (handler - start))), 0x5200
  movl $(BASE + 0x8e00), 0x5204
  movl $0, 0x5208
  movl $(BASE + 0xfe00 + (idtr - start)), %ebx
  lidt (%rbx)
  movl $0xfee00000, %ebx
  movl $0x1ff, 0xf0(%rbx)
  movl $0x0b, 0x3e0(%rbx)
  movl $0x20, 0x320(%rbx)
  movl $1000000, 0x380(%rbx)
  sti
  movl $30000000, %ecx
1: decl %ecx
  jnz 1b
2: cmpb $0, 0x6000
  jne 3f
  hlt
  jmp 2b
3: movb $0x10, %al
  outb %al, $0xf4
  hlt
handler:
  movb $1, 0x6000
  movl $0, 0xb0(%rbx)
  iretq
gdtr: .word 31
  .long BASE + 0xfe00 + (gdt - start)
idtr: .word 0x20f
  .quad 0x5000
gdt: .quad 0
  .quad 0x00cf9b000000ffff
  .quad 0x00cf93000000ffff
  .quad 0x00af9b000000ffff
end:
