package io.kubehv.hv.qemu;

/**
 * Where each device sits on the first PCI bus. Fixed, so that a guest's names for its devices (enp1s0, …) stay when
 * another disk is added, and so that a saved state finds its devices again. Slots 0, 1 and 31 are the chip set's.
 */
final class PciSlots {
    static final int SCREEN = 0x02;
    static final int BALLOON = 0x03;
    static final int RANDOM = 0x04;
    static final int SERIAL = 0x05;
    static final int SCSI = 0x06;
    static final int WATCHDOG = 0x07;

    /** Behind the disks. One device for each NUMA node, a function each. */
    private static final int MEMORY = 0x18;

    private static final int FIRST_ADAPTER = 0x08;
    private static final int FIRST_DISK = 0x10;
    private static final int FUNCTIONS = 8;
    /** Behind the disks: the guest's first disk must be the VM's. */
    static final int SEED = 0x1c;

    private PciSlots() {}

    static Options place(Options device, int slot) {
        return device.with("addr", "0x" + Integer.toHexString(slot));
    }

    static Options placeAdapter(Options device, int index) {
        return place(device, FIRST_ADAPTER + index);
    }

    /** The eight ports share a slot, one function each. Their buses are numbered in this order, from 1 on. */
    static Options placeAdapterPort(Options port, int index) {
        Options placed = port.with("addr", "0x" + Integer.toHexString(FIRST_ADAPTER) + "." + index);
        return index == 0 ? placed.with("multifunction", true) : placed;
    }

    static Options placeMemory(Options device, int node, boolean alone) {
        Options placed = device.with("addr", "0x" + Integer.toHexString(MEMORY) + "." + node);
        return node == 0 && !alone ? placed.with("multifunction", true) : placed;
    }

    /** Eight disks share a slot, one function each: so 64 find room. */
    static Options placeDisk(Options device, int index) {
        int slot = FIRST_DISK + index / FUNCTIONS;
        int function = index % FUNCTIONS;
        Options placed = device.with("addr", "0x" + Integer.toHexString(slot) + "." + function);
        return function == 0 ? placed.with("multifunction", true) : placed;
    }
}
