package io.kubehv.hv.accelerator;

import io.kubehv.hv.linux.kvm.KvmProcessor;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/**
 * The guest: a few instructions of what every 64-bit kernel does. It begins in 64-bit mode with paging on. Each part is
 * there for a way in which KVM can be broken:
 *
 * <ul>
 *   <li>SSE2 arithmetic, which every x86-64 processor has and which KVM's instruction interpreter has not: only a guest
 *       that the hardware really runs gets past it;
 *   <li>a loop that takes hardware one millisecond, an emulated machine some tens, and an interpreter seconds;
 *   <li>a page fault, taken through the guest's own interrupt table, that the guest's handler mends;
 *   <li>CPUID, which must tell a 64-bit guest that it is one.
 * </ul>
 */
final class ProbeGuest {
    static final int MEMORY_BYTES = 0x40000;
    static final int RESULT_PORT = 0xF4;

    private static final int PAGE = 0x1000;
    private static final int PML4 = 0x1000;
    private static final int PDPT = 0x2000;
    private static final int DIRECTORY = 0x3000;
    private static final int PAGE_TABLE = 0x4000;
    private static final int IDT = 0x5000;
    private static final int GDT = 0x6000;
    private static final int CODE = 0x8000;
    private static final int FAULT_HANDLER = 0x8100;
    private static final int STACK = 0x20000;
    /** Not mapped until the guest touches it. */
    private static final int ABSENT_PAGE = 0x30000;

    private static final int PRESENT = 1;
    private static final int WRITABLE = 2;
    private static final int CODE_SELECTOR = 8;
    private static final int DATA_SELECTOR = 16;
    private static final int PAGE_FAULT = 14;
    private static final int GATE_BYTES = 16;
    private static final int INTERRUPT_GATE = 0x8E00;

    private static final long FACTOR = 0x9E3779B97F4A7C15L;
    private static final long OTHER_FACTOR = 0xC2B2AE3D27D4EB4FL;
    private static final long ROUNDS = 0x100000;

    private static final byte[] PROGRAM = machineCode(
            "48 b8 15 7c 4a 7f b9 79 37 9e", //     mov    rax, FACTOR
            "48 b9 4f eb d4 27 3d ae b2 c2", //     mov    rcx, OTHER_FACTOR
            "48 0f af c1", //                       imul   rax, rcx
            "66 48 0f 6e c0", //                    movq   xmm0, rax
            "66 0f d4 c0", //                       paddq  xmm0, xmm0
            "66 49 0f 7e c0", //                    movq   r8, xmm0
            "b8 01 00 00 80", //                    mov    eax, 0x80000001
            "0f a2", //                             cpuid
            "c1 ea 1d", //                          shr    edx, 29          long mode
            "83 e2 01", //                          and    edx, 1
            "49 01 d0", //                          add    r8, rdx
            "b9 00 00 10 00", //                    mov    ecx, ROUNDS
            "49 01 c8", //                       1: add    r8, rcx
            "48 ff c9", //                          dec    rcx
            "75 f8", //                             jnz    1b
            "4c 89 04 25 00 00 03 00", //           mov    [ABSENT_PAGE], r8
            "48 8b 04 25 00 00 03 00", //           mov    rax, [ABSENT_PAGE]
            "e7 f4", //                             out    RESULT_PORT, eax
            "48 c1 e8 20", //                       shr    rax, 32
            "e7 f4", //                             out    RESULT_PORT, eax
            "f4"); //                               hlt

    private static final byte[] FAULT_HANDLER_PROGRAM = machineCode(
            "50", //                                push   rax
            "0f 20 d0", //                          mov    rax, cr2
            "48 c1 e8 09", //                       shr    rax, 9           its entry's place in the table
            "48 83 88 00 40 00 00 01", //           or     qword [rax + PAGE_TABLE], PRESENT
            "58", //                                pop    rax
            "48 83 c4 08", //                       add    rsp, 8           the error code
            "48 cf"); //                            iretq

    private ProbeGuest() {}

    /** Writes the guest and its tables into memory. */
    static void load(ByteBuffer memory) {
        memory.putLong(PML4, PDPT | PRESENT | WRITABLE);
        memory.putLong(PDPT, DIRECTORY | PRESENT | WRITABLE);
        memory.putLong(DIRECTORY, PAGE_TABLE | PRESENT | WRITABLE);
        for (int page = 0; page < MEMORY_BYTES; page += PAGE) {
            int present = page == ABSENT_PAGE ? 0 : PRESENT;
            memory.putLong(PAGE_TABLE + page / PAGE * Long.BYTES, page | present | WRITABLE);
        }
        int gate = IDT + PAGE_FAULT * GATE_BYTES;
        memory.putShort(gate, (short) FAULT_HANDLER);
        memory.putShort(gate + 2, (short) CODE_SELECTOR);
        memory.putShort(gate + 4, (short) INTERRUPT_GATE);
        memory.putLong(GDT + CODE_SELECTOR, 0x00AF9B000000FFFFL);
        memory.putLong(GDT + DATA_SELECTOR, 0x00CF93000000FFFFL);
        memory.put(CODE, PROGRAM);
        memory.put(FAULT_HANDLER, FAULT_HANDLER_PROGRAM);
    }

    /** Puts a processor at the guest's first instruction. */
    static void start(KvmProcessor processor) {
        processor.enterLongMode(
                PML4,
                new KvmProcessor.Table(GDT, DATA_SELECTOR + Long.BYTES),
                new KvmProcessor.Table(IDT, (PAGE_FAULT + 1) * GATE_BYTES),
                CODE_SELECTOR,
                DATA_SELECTOR);
        processor.start(CODE, STACK);
    }

    /** Where the guest's first instruction is. */
    static int firstInstruction() {
        return CODE;
    }

    /** What the guest must find, computed in the same order by us: low half first on the port. */
    @SuppressWarnings("ConstantOverflow") // as the guest's registers do
    static long expectedResult() {
        long product = FACTOR * OTHER_FACTOR;
        long longMode = 1;
        return product + product + longMode + ROUNDS * (ROUNDS + 1) / 2;
    }

    private static byte[] machineCode(String... instructions) {
        return HexFormat.ofDelimiter(" ").parseHex(String.join(" ", instructions));
    }
}
