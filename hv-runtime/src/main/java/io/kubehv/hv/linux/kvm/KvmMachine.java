package io.kubehv.hv.linux.kvm;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A virtual machine with memory from guest-physical address 0 and nothing else: no devices, no interrupt controller.
 * For one thread.
 */
public final class KvmMachine implements AutoCloseable {
    /** Where Intel's KVM keeps three pages of its own: below 4 GiB, away from the guest's memory. */
    private static final long OWN_PAGES = 0xFFFBD000L;

    private static final int CPUID_ENTRIES = 256;

    private final int system;
    private final int machine;
    private final Pointer memory;
    private final long memoryBytes;

    private KvmMachine(int system, int machine, Pointer memory, long memoryBytes) {
        this.system = system;
        this.machine = machine;
        this.memory = memory;
        this.memoryBytes = memoryBytes;
    }

    /** The API version that the device speaks. */
    public static int apiVersion(String device) {
        int system = KvmCalls.open(device);
        try {
            return KvmCalls.ioctl("KVM_GET_API_VERSION", system, KvmHeader.KVM_GET_API_VERSION, 0);
        } finally {
            KvmCalls.close(system);
        }
    }

    /** The only API version that there is since Linux 2.6.22. */
    public static int knownApiVersion() {
        return KvmHeader.KVM_API_VERSION;
    }

    /**
     * Makes a machine.
     *
     * @param device the path of KVM's device
     * @param memoryBytes its memory, a multiple of 4096
     * @throws KvmException when the kernel refuses
     */
    public static KvmMachine create(String device, int memoryBytes) {
        int system = KvmCalls.open(device);
        int machine = -1;
        Pointer memory = null;
        boolean committed = false;
        try {
            machine = KvmCalls.ioctl("KVM_CREATE_VM", system, KvmHeader.KVM_CREATE_VM, 0);
            KvmCalls.ioctl("KVM_SET_TSS_ADDR", machine, KvmHeader.KVM_SET_TSS_ADDR, OWN_PAGES);
            memory = KvmCalls.mapMemory(memoryBytes);
            giveMemory(machine, memory, memoryBytes);
            committed = true;
            return new KvmMachine(system, machine, memory, memoryBytes);
        } finally {
            if (!committed) {
                if (memory != null) {
                    KvmCalls.unmap(memory, memoryBytes);
                }
                if (machine >= 0) {
                    KvmCalls.close(machine);
                }
                KvmCalls.close(system);
            }
        }
    }

    private static void giveMemory(int machine, Pointer memory, long bytes) {
        try (Memory region = new Memory(KvmHeader.MemoryRegion.SIZE)) {
            region.clear();
            region.setLong(KvmHeader.MemoryRegion.GUEST_PHYS_ADDR, 0);
            region.setLong(KvmHeader.MemoryRegion.MEMORY_SIZE, bytes);
            region.setLong(KvmHeader.MemoryRegion.USERSPACE_ADDR, Pointer.nativeValue(memory));
            KvmCalls.ioctl("KVM_SET_USER_MEMORY_REGION", machine, KvmHeader.KVM_SET_USER_MEMORY_REGION, region);
        }
    }

    /** The guest's memory; not to be used after {@link #close}. */
    public ByteBuffer memory() {
        return memory.getByteBuffer(0, memoryBytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Adds the first virtual processor; it knows every feature that KVM can give a guest here. */
    public KvmProcessor createProcessor() {
        int processor = KvmCalls.ioctl("KVM_CREATE_VCPU", machine, KvmHeader.KVM_CREATE_VCPU, 0);
        boolean committed = false;
        try {
            giveFeatures(processor);
            int bytes = KvmCalls.ioctl("KVM_GET_VCPU_MMAP_SIZE", system, KvmHeader.KVM_GET_VCPU_MMAP_SIZE, 0);
            KvmProcessor result = new KvmProcessor(processor, KvmCalls.mapFile(processor, bytes), bytes);
            committed = true;
            return result;
        } finally {
            if (!committed) {
                KvmCalls.close(processor);
            }
        }
    }

    private void giveFeatures(int processor) {
        try (Memory cpuid = new Memory(KvmHeader.Cpuid2.ENTRIES + CPUID_ENTRIES * KvmHeader.Cpuid2.ENTRY_SIZE)) {
            cpuid.clear();
            cpuid.setInt(KvmHeader.Cpuid2.NENT, CPUID_ENTRIES);
            KvmCalls.ioctl("KVM_GET_SUPPORTED_CPUID", system, KvmHeader.KVM_GET_SUPPORTED_CPUID, cpuid);
            KvmCalls.ioctl("KVM_SET_CPUID2", processor, KvmHeader.KVM_SET_CPUID2, cpuid);
        }
    }

    @Override
    public void close() {
        KvmCalls.close(machine);
        KvmCalls.unmap(memory, memoryBytes);
        KvmCalls.close(system);
    }
}
