package io.kubehv.hv.linux.kvm;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import io.kubehv.hv.linux.kvm.KvmHeader.Dtable;
import io.kubehv.hv.linux.kvm.KvmHeader.Regs;
import io.kubehv.hv.linux.kvm.KvmHeader.Run;
import io.kubehv.hv.linux.kvm.KvmHeader.Segment;
import io.kubehv.hv.linux.kvm.KvmHeader.Sregs;

/** A virtual processor. All calls from one thread, the one that runs it. */
public final class KvmProcessor implements AutoCloseable {
    // CR0: protection, monitor coprocessor, extension type, numeric error, write protection, paging
    private static final long CR0 = 1 | 1 << 1 | 1 << 4 | 1 << 5 | 1 << 16 | 1L << 31;
    // CR4: physical address extension, SSE and its exceptions
    private static final long CR4 = 1 << 5 | 1 << 9 | 1 << 10;
    // EFER: long mode enabled and active
    private static final long EFER = 1 << 8 | 1 << 10;
    /** Bit 1 is always set. */
    private static final long RFLAGS = 2;

    private static final int CODE = 0xB; // execute, read, accessed
    private static final int DATA = 0x3; // read, write, accessed
    private static final int BUSY_TSS = 0xB;

    private final int processor;
    private final Pointer run;
    private final long runBytes;

    KvmProcessor(int processor, Pointer run, long runBytes) {
        this.processor = processor;
        this.run = run;
        this.runBytes = runBytes;
    }

    /**
     * Puts the processor in 64-bit mode with paging, in ring 0, as a kernel's start finds it.
     *
     * @param code selector of a 64-bit code segment in the GDT
     * @param data selector of a data segment in the GDT
     */
    public void enterLongMode(long pageTables, Table gdt, Table idt, int code, int data) {
        try (Memory sregs = new Memory(Sregs.SIZE)) {
            KvmCalls.ioctl("KVM_GET_SREGS", processor, KvmHeader.KVM_GET_SREGS, sregs);
            segment(sregs, Sregs.CS, code, CODE, true);
            for (int register : new int[] {Sregs.DS, Sregs.ES, Sregs.FS, Sregs.GS, Sregs.SS}) {
                segment(sregs, register, data, DATA, false);
            }
            sregs.setByte(Sregs.TR + Segment.TYPE, (byte) BUSY_TSS);
            table(sregs, Sregs.GDT, gdt);
            table(sregs, Sregs.IDT, idt);
            sregs.setLong(Sregs.CR0, CR0);
            sregs.setLong(Sregs.CR3, pageTables);
            sregs.setLong(Sregs.CR4, CR4);
            sregs.setLong(Sregs.EFER, EFER);
            KvmCalls.ioctl("KVM_SET_SREGS", processor, KvmHeader.KVM_SET_SREGS, sregs);
        }
    }

    private static void segment(Memory sregs, int at, int selector, int type, boolean longMode) {
        sregs.setLong(at + Segment.BASE, 0);
        sregs.setInt(at + Segment.LIMIT, -1);
        sregs.setShort(at + Segment.SELECTOR, (short) selector);
        sregs.setByte(at + Segment.TYPE, (byte) type);
        sregs.setByte(at + Segment.PRESENT, (byte) 1);
        sregs.setByte(at + Segment.DPL, (byte) 0);
        // A 64-bit code segment must not be a 32-bit one too.
        sregs.setByte(at + Segment.DB, (byte) (longMode ? 0 : 1));
        sregs.setByte(at + Segment.S, (byte) 1);
        sregs.setByte(at + Segment.L, (byte) (longMode ? 1 : 0));
        sregs.setByte(at + Segment.G, (byte) 1);
        sregs.setByte(at + Segment.AVL, (byte) 0);
        sregs.setByte(at + Segment.UNUSABLE, (byte) 0);
    }

    private static void table(Memory sregs, int at, Table table) {
        sregs.setLong(at + Dtable.BASE, table.base());
        sregs.setShort(at + Dtable.LIMIT, (short) (table.bytes() - 1));
    }

    /** Sets where the guest begins and its stack; all other registers become 0. */
    public void start(long instruction, long stack) {
        try (Memory regs = new Memory(Regs.SIZE)) {
            regs.clear();
            regs.setLong(Regs.RIP, instruction);
            regs.setLong(Regs.RSP, stack);
            regs.setLong(Regs.RFLAGS, RFLAGS);
            KvmCalls.ioctl("KVM_SET_REGS", processor, KvmHeader.KVM_SET_REGS, regs);
        }
    }

    /** Runs the guest until it needs us. Nothing bounds the time: only killing this process ends a guest that hangs. */
    public KvmExit run() {
        int reason;
        do {
            KvmCalls.ioctl("KVM_RUN", processor, KvmHeader.KVM_RUN, 0);
            reason = run.getInt(Run.EXIT_REASON);
        } while (reason == KvmHeader.KVM_EXIT_INTR);
        return switch (reason) {
            case KvmHeader.KVM_EXIT_IO -> portAccess();
            case KvmHeader.KVM_EXIT_HLT -> new KvmExit.Halt();
            case KvmHeader.KVM_EXIT_SHUTDOWN -> new KvmExit.Shutdown();
            case KvmHeader.KVM_EXIT_FAIL_ENTRY ->
                new KvmExit.EntryFailed(run.getLong(Run.HARDWARE_ENTRY_FAILURE_REASON));
            case KvmHeader.KVM_EXIT_INTERNAL_ERROR -> gaveUp();
            default -> new KvmExit.Other(reason);
        };
    }

    private KvmExit gaveUp() {
        int suberror = run.getInt(Run.SUBERROR);
        return new KvmExit.GaveUp(suberror, suberror == KvmHeader.KVM_INTERNAL_ERROR_EMULATION);
    }

    private KvmExit portAccess() {
        int count = run.getInt(Run.IO_COUNT);
        if (run.getByte(Run.IO_DIRECTION) != KvmHeader.KVM_EXIT_IO_OUT || count != 1) {
            return new KvmExit.Other(KvmHeader.KVM_EXIT_IO);
        }
        int bytes = run.getByte(Run.IO_SIZE);
        long at = run.getLong(Run.IO_DATA_OFFSET);
        long value = switch (bytes) {
            case 1 -> run.getByte(at) & 0xFFL;
            case 2 -> run.getShort(at) & 0xFFFFL;
            default -> run.getInt(at) & 0xFFFFFFFFL;
        };
        return new KvmExit.PortWrite(run.getShort(Run.IO_PORT) & 0xFFFF, bytes, value);
    }

    @Override
    public void close() {
        KvmCalls.unmap(run, runBytes);
        KvmCalls.close(processor);
    }

    /** A descriptor table in the guest's memory. */
    public record Table(long base, int bytes) {}
}
