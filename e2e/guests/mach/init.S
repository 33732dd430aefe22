# The first and only task that GNU Mach starts: says that it runs, and by what firmware, and sleeps.
# Mach's system calls are the negative numbers of mach/syscall_sw.h.
        .set    mach_print, -30
        .set    thread_switch, -61
        .set    SWITCH_OPTION_WAIT, 2

        .macro  print address
        mov     \address, %rdi
        mov     $mach_print, %rax
        syscall
        .endm

        .globl  _start
_start:
        # argc, argv[0], argv[1]: the firmware, as GRUB's configuration says it
        mov     16(%rsp), %rbx
        print   $firmware
        print   %rbx
        print   $booted
sleep:
        # To no thread in particular, for an hour
        xor     %edi, %edi
        mov     $SWITCH_OPTION_WAIT, %esi
        mov     $3600000, %edx
        mov     $thread_switch, %rax
        syscall
        jmp     sleep

firmware:
        .asciz  "\nmach: firmware "
booted:
        .asciz  "\nmach: booted\n"
