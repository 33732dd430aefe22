package io.kubehv.hv.machine;

import io.kubehv.hv.definition.Devices.Screen;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.hv.definition.VirtualMachineDefinition.Acceleration;

/**
 * What a VM's pod needs beyond its guest's memory. The pod's limit is the guest's memory and this: too little and the
 * kernel kills the VM, so it covers the worst that is bounded, not the idle state.
 */
public final class MemoryOverhead {
    private static final long MIB = 1L << 20;

    /**
     * QEMU itself with its firmware, devices and buffers: 54 to 57 MiB after a boot, and the rest for a viewer of the
     * screen, requests in flight, what the kernel keeps for the pod, and some disks and network adapters (half a MiB each) that
     * come to the running VM: its pod's limit can't be raised with them.
     */
    private static final long BASE = 112 * MIB;

    /** A virtual processor's thread, its stack and the accelerator's state. */
    private static final long PER_PROCESSOR = 4 * MIB;

    /** A disk's queues and requests in flight. */
    private static final long PER_DISK = 2 * MIB;

    /** An adapter's queues and the user network's sockets. */
    private static final long PER_ADAPTER = 8 * MIB;

    /** Emulation's translated code and what it keeps about it, both bounded by {@link #TRANSLATION_BUFFER_MIB}. */
    private static final long EMULATION = 160 * MIB;

    /** Page tables, of the process and of the guest's second level: 8 bytes each for 4 KiB pages. */
    private static final long MEMORY_PER_PAGE_TABLES = 256;

    /**
     * The bound given to QEMU for translated code, in MiB; without one it may grow to 1 GiB. A boot fills whatever it is
     * given, and with a third of this Debian's takes 1.7 times the processor time.
     */
    public static final int TRANSLATION_BUFFER_MIB = 96;

    private static final int BYTES_PER_PIXEL = 4;

    /** What {@link #BASE} has room for. */
    private static final long ORDINARY_SCREEN = pixels(new Screen(1024, 768));

    private MemoryOverhead() {}

    /** The bytes beyond the guest's memory. Only a VM that requires KVM can do without the room for emulation. */
    public static long bytes(VirtualMachineDefinition definition) {
        return BASE
                + PER_PROCESSOR * definition.processor().maximum()
                + PER_DISK * (definition.disks().size() + definition.dvdDrives().size())
                + screen(definition)
                + PER_ADAPTER * definition.networkAdapters().size()
                + definition.memory().maximumBytes() / MEMORY_PER_PAGE_TABLES
                + (definition.acceleration() == Acceleration.REQUIRED ? 0 : EMULATION);
    }

    /** What a large screen takes beyond what {@link #BASE} has for one: its pixels here and in the viewer's server. */
    private static long screen(VirtualMachineDefinition definition) {
        Screen screen = definition.devices().screen();
        return screen == null ? 0 : Math.max(0, pixels(screen) - ORDINARY_SCREEN);
    }

    private static long pixels(Screen screen) {
        return 2L * BYTES_PER_PIXEL * screen.width() * screen.height();
    }
}
