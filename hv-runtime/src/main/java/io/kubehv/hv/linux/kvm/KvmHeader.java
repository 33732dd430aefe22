package io.kubehv.hv.linux.kvm;

/**
 * Requests, exit reasons and the layout of structs, from Linux {@code include/uapi/linux/kvm.h} and {@code
 * arch/x86/include/uapi/asm/kvm.h}. The layout is that of x86-64: little-endian, offsets in bytes. The interface is
 * frozen at API version 12, so none of it changes.
 */
final class KvmHeader {
    static final int KVM_API_VERSION = 12;

    // _IO(KVMIO, nr) is 0xAE00 | nr; _IOW adds 0x40000000 | size << 16, _IOR 0x80000000, _IOWR both.
    static final long KVM_GET_API_VERSION = 0xAE00L;
    static final long KVM_CREATE_VM = 0xAE01L;
    static final long KVM_GET_VCPU_MMAP_SIZE = 0xAE04L;
    static final long KVM_GET_SUPPORTED_CPUID = 0xC008AE05L;
    static final long KVM_CREATE_VCPU = 0xAE41L;
    static final long KVM_SET_USER_MEMORY_REGION = 0x4020AE46L;
    static final long KVM_SET_TSS_ADDR = 0xAE47L;
    static final long KVM_RUN = 0xAE80L;
    static final long KVM_SET_REGS = 0x4090AE82L;
    static final long KVM_GET_SREGS = 0x8138AE83L;
    static final long KVM_SET_SREGS = 0x4138AE84L;
    static final long KVM_SET_CPUID2 = 0x4008AE90L;

    static final int KVM_EXIT_IO = 2;
    static final int KVM_EXIT_HLT = 5;
    static final int KVM_EXIT_SHUTDOWN = 8;
    static final int KVM_EXIT_FAIL_ENTRY = 9;
    static final int KVM_EXIT_INTR = 10;
    static final int KVM_EXIT_INTERNAL_ERROR = 17;
    static final int KVM_EXIT_IO_OUT = 1;
    static final int KVM_INTERNAL_ERROR_EMULATION = 1;

    private KvmHeader() {}

    /** {@code struct kvm_userspace_memory_region}. */
    static final class MemoryRegion {
        static final int SIZE = 32;
        static final int GUEST_PHYS_ADDR = 8;
        static final int MEMORY_SIZE = 16;
        static final int USERSPACE_ADDR = 24;

        private MemoryRegion() {}
    }

    /** {@code struct kvm_cpuid2}: a count, then that many {@code struct kvm_cpuid_entry2}. */
    static final class Cpuid2 {
        static final int NENT = 0;
        static final int ENTRIES = 8;
        static final int ENTRY_SIZE = 40;

        private Cpuid2() {}
    }

    /** {@code struct kvm_regs}: 18 registers of 64 bits. */
    static final class Regs {
        static final int SIZE = 144;
        static final int RSP = 48;
        static final int RIP = 128;
        static final int RFLAGS = 136;

        private Regs() {}
    }

    /** {@code struct kvm_sregs}: eight {@code struct kvm_segment}, two {@code struct kvm_dtable}, control registers. */
    static final class Sregs {
        static final int SIZE = 312;
        static final int CS = 0;
        static final int DS = 24;
        static final int ES = 48;
        static final int FS = 72;
        static final int GS = 96;
        static final int SS = 120;
        static final int TR = 144;
        static final int GDT = 192;
        static final int IDT = 208;
        static final int CR0 = 224;
        static final int CR3 = 240;
        static final int CR4 = 248;
        static final int EFER = 264;

        private Sregs() {}
    }

    /** {@code struct kvm_segment}. */
    static final class Segment {
        static final int BASE = 0;
        static final int LIMIT = 8;
        static final int SELECTOR = 12;
        static final int TYPE = 14;
        static final int PRESENT = 15;
        static final int DPL = 16;
        static final int DB = 17;
        static final int S = 18;
        static final int L = 19;
        static final int G = 20;
        static final int AVL = 21;
        static final int UNUSABLE = 22;

        private Segment() {}
    }

    /** {@code struct kvm_dtable}. */
    static final class Dtable {
        static final int BASE = 0;
        static final int LIMIT = 8;

        private Dtable() {}
    }

    /** {@code struct kvm_run}, the page that a virtual processor shares with us. */
    static final class Run {
        static final int EXIT_REASON = 8;
        /** KVM_EXIT_IO. */
        static final int IO_DIRECTION = 32;

        static final int IO_SIZE = 33;
        static final int IO_PORT = 34;
        static final int IO_COUNT = 36;
        static final int IO_DATA_OFFSET = 40;
        /** KVM_EXIT_FAIL_ENTRY. */
        static final int HARDWARE_ENTRY_FAILURE_REASON = 32;
        /** KVM_EXIT_INTERNAL_ERROR. */
        static final int SUBERROR = 32;

        private Run() {}
    }
}
