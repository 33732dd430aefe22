package io.kubehv.vmbus.machine;

import io.kubehv.hv.statistics.DiskStatistics;
import io.kubehv.vmbus.adapter.AdapterDevices;
import io.kubehv.vmbus.disk.DiskDevices;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The monitor connection of one QEMU.
 *
 * <p>Each method throws {@link io.kubehv.vmbus.fault.HypervisorRefusedException} when QEMU says no, and {@link
 * io.kubehv.vmbus.fault.HypervisorLostException} when the connection ended before an answer came: then the outcome is
 * unknown and has to be asked for over a new connection.
 */
public interface Hypervisor extends AutoCloseable {
    /** Makes connections. */
    @FunctionalInterface
    interface Connector {
        /**
         * Connects to the monitor at a socket.
         *
         * @param events gets what QEMU tells by itself; called on the connection's thread
         * @throws io.kubehv.vmbus.fault.HypervisorLostException when nobody answers there
         * @throws io.kubehv.vmbus.fault.HypervisorGoneException when the QEMU that made the socket has ended
         */
        Hypervisor connect(Path socket, HypervisorEvents events);
    }

    /** What an outgoing or incoming migration does. */
    enum Transfer {
        NONE,
        ACTIVE,
        COMPLETED,
        FAILED
    }

    /** QEMU's name for what it does, as {@code query-status} gives it. */
    String runState();

    Transfer transfer();

    /** Whether the processor itself runs the guest. */
    boolean usesKvm();

    void resume();

    void pause();

    void reset();

    /** Presses the power button. */
    void powerDown();

    void quit();

    /** Starts to send the guest's memory to a socket, named as QEMU sees it. */
    void sendMemory(String socket);

    void cancelTransfer();

    /** Starts to read the guest's memory from a file, named as QEMU sees it. */
    void readMemory(String file);

    /** The memory of a guest that goes on afterwards. */
    LiveMemoryControl liveMemory();

    /** What the guest writes to its disks. */
    DiskWriteControl diskWrites();

    /** The disks that it can be given and rid of while it runs. */
    DiskDevices disks();

    /** The network adapters that it can be given and rid of while it runs. */
    AdapterDevices adapters();

    /** What these disks have done since the machine was started, as far as it has them; a cheap question. */
    Map<String, DiskStatistics> diskStatistics(Set<String> names);

    /** Whether a program in the guest, the agent, has its port open. */
    boolean agentListens();

    /**
     * A place for a processor.
     *
     * @param model QEMU's name for the device that goes there
     * @param place where it is, as {@code device_add} takes it
     */
    record ProcessorSlot(String model, Map<String, Integer> place, boolean isPlugged) {}

    /** All places for processors, in the order in which they are filled. */
    List<ProcessorSlot> processorSlots();

    void plugProcessor(ProcessorSlot slot);

    /**
     * Room for memory that the guest fills and empties as it is asked to.
     *
     * @param name QEMU's for the device
     * @param size how many bytes of it the guest has
     * @param requested how many it was asked to have
     * @param maximum how many it has room for
     */
    record MemoryRoom(String name, long size, long requested, long maximum) {}

    /**
     * The guest's memory.
     *
     * @param base what it started with, in bytes
     */
    record GuestMemory(long base, List<MemoryRoom> rooms) {}

    GuestMemory memory();

    /** Asks the guest to have so many bytes in the room. It does so in its own time, or not at all. */
    void requestMemory(MemoryRoom room, long bytes);

    /** What the firmware, and on the console others after it, said since it was asked last, as far as a small buffer holds it. */
    String firmwareWords();

    @Override
    void close();
}
