package io.kubehv.hv.accelerator;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;

/**
 * A disk of one sector that the firmware boots: it makes page tables, enters 64-bit mode, adds with SSE2 and ends QEMU
 * with a status that only the right sum gives. It shares no code with the probe.
 */
final class BootSector {
    private static final int BYTES = 512;
    /** isa-debug-exit makes 2n+1 of the n that the guest writes. */
    private static final int RIGHT_SUM = 0x15 << 1 | 1;

    private static final byte[] CODE = machineCode(
            // 16-bit, at 0x7c00
            "fa", //                            cli
            "31 c0 8e d8 8e c0 8e d0", //       xor ax, ax; mov ds, ax; mov es, ax; mov ss, ax
            "bc 00 7c", //                      mov sp, 0x7c00
            "bf 00 10 b9 00 30 fc f3 aa", //    mov di, 0x1000; mov cx, 0x3000; cld; rep stosb
            "c7 06 00 10 03 20", //             mov word [0x1000], 0x2003
            "c7 06 00 20 03 30", //             mov word [0x2000], 0x3003
            "c7 06 00 30 83 00", //             mov word [0x3000], 0x0083   the first 2 MiB
            "0f 01 16 b0 7c", //                lgdt [0x7cb0]
            "66 b8 00 10 00 00 0f 22 d8", //    mov eax, 0x1000; mov cr3, eax
            "66 b8 20 06 00 00 0f 22 e0", //    mov eax, PAE|OSFXSR|OSXMMEXCPT; mov cr4, eax
            "66 b9 80 00 00 c0", //             mov ecx, IA32_EFER
            "66 b8 00 01 00 00 66 31 d2", //    mov eax, LME; xor edx, edx
            "0f 30", //                         wrmsr
            "66 b8 33 00 00 80 0f 22 c0", //    mov eax, PG|NE|ET|MP|PE; mov cr0, eax
            "ea 5d 7c 08 00", //                jmp 8:0x7c5d
            // 64-bit, at 0x7c5d
            "b8 10 00 00 00 8e d8 8e d0", //    mov eax, 16; mov ds, eax; mov ss, eax
            "48 b8 ef cd ab 89 67 45 23 01", // mov rax, 0x0123456789abcdef
            "66 48 0f 6e c0", //                movq xmm0, rax
            "66 0f d4 c0", //                   paddq xmm0, xmm0
            "66 48 0f 7e c0", //                movq rax, xmm0
            "b9 cf 8a 46 02", //                mov ecx, 0x02468acf
            "48 c1 e8 20 29 c8", //             shr rax, 32; sub eax, ecx
            "75 02 b0 15", //                   jnz 1f; mov al, 0x15
            "e6 f4", //                      1: out 0xf4, al
            "f4 eb fd", //                   2: hlt; jmp 2b
            "66 0f 1f 44 00 00", //             nop, up to 0x7c98
            // the descriptor table, at 0x7c98, and its address, at 0x7cb0
            "00 00 00 00 00 00 00 00",
            "ff ff 00 00 00 9b af 00",
            "ff ff 00 00 00 93 cf 00",
            "17 00 98 7c 00 00");

    private final Path disk;

    private BootSector(Path disk) {
        this.disk = disk;
    }

    static BootSector in(Path directory) throws IOException {
        byte[] sector = new byte[BYTES];
        System.arraycopy(CODE, 0, sector, 0, CODE.length);
        sector[BYTES - 2] = 0x55;
        sector[BYTES - 1] = (byte) 0xAA;
        return new BootSector(Files.write(directory.resolve("boot-sector"), sector));
    }

    /** Whether QEMU runs it to the right end in time. */
    boolean runs(String accelerator, Duration deadline) throws IOException, InterruptedException {
        Process qemu = new ProcessBuilder(
                        "qemu-system-x86_64",
                        "-accel",
                        accelerator,
                        "-machine",
                        "pc",
                        "-m",
                        "16",
                        "-nodefaults",
                        "-display",
                        "none",
                        "-device",
                        "isa-debug-exit,iobase=0xf4,iosize=1",
                        "-drive",
                        "format=raw,if=ide,file=" + disk)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            return qemu.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS) && qemu.exitValue() == RIGHT_SUM;
        } finally {
            qemu.destroyForcibly().waitFor();
        }
    }

    private static byte[] machineCode(String... instructions) {
        return HexFormat.ofDelimiter(" ").parseHex(String.join(" ", instructions));
    }
}
