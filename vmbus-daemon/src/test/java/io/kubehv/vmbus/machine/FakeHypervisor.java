package io.kubehv.vmbus.machine;

import io.kubehv.hv.checkpoint.MachineFacts;
import io.kubehv.hv.machine.Accelerator;
import io.kubehv.hv.qmp.model.MigrationStatus;
import io.kubehv.hv.statistics.DiskStatistics;
import io.kubehv.vmbus.adapter.AdapterDevices;
import io.kubehv.vmbus.adapter.FakeAdapters;
import io.kubehv.vmbus.disk.DiskDevices;
import io.kubehv.vmbus.disk.FakeDisks;
import io.kubehv.vmbus.fault.HypervisorGoneException;
import io.kubehv.vmbus.fault.HypervisorLostException;
import io.kubehv.vmbus.fault.HypervisorRefusedException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;

/** A QEMU that obeys, and loses its connection where it is told to. */
final class FakeHypervisor implements Hypervisor {
    static final MachineFacts FACTS = new MachineFacts("10.0.3", "pc-q35-10.0", "max", Accelerator.TCG);

    final List<String> orders = new CopyOnWriteArrayList<>();
    /** The orders during which the connection breaks, each once; the order is carried out all the same. */
    final Queue<String> breaks = new ConcurrentLinkedQueue<>();

    /** What happens while it is asked for its state, each once. */
    final Queue<Runnable> troubles = new ConcurrentLinkedQueue<>();

    final List<ProcessorSlot> slots = new ArrayList<>(List.of(new ProcessorSlot("cpu", Map.of("core-id", 0), true)));
    /** Its rooms for more memory than the 256 MiB that it starts with. */
    final List<MemoryRoom> rooms = new ArrayList<>();

    String runState = "prelaunch";
    /** What the console has had since it was read last. */
    String console = "";
    /** Whether the order to send memory gets lost on its way. */
    boolean deafToSend;

    /** What its disks have done, and how often it was asked. */
    Map<String, DiskStatistics> statistics = Map.of();

    int asked;
    final FakeDisks disks = new FakeDisks();
    final FakeAdapters adapters = new FakeAdapters();
    Transfer transfer = Transfer.NONE;
    volatile HypervisorEvents events;
    boolean gone;

    Hypervisor connect(Path socket, HypervisorEvents listener) {
        if (gone) {
            throw new HypervisorGoneException("gone", new IOException("gone"));
        }
        events = listener;
        return this;
    }

    private void order(String name, String next) {
        orders.add(name);
        runState = next;
        if (breaks.remove(name)) {
            throw new HypervisorLostException("the connection broke");
        }
    }

    @Override
    public String runState() {
        Runnable trouble = troubles.poll();
        if (trouble != null) {
            trouble.run();
        }
        return runState;
    }

    @Override
    public Transfer transfer() {
        return transfer;
    }

    @Override
    public LiveMemoryControl liveMemory() {
        return new FakeMemory();
    }

    @Override
    public DiskWriteControl diskWrites() {
        throw new HypervisorRefusedException("this one's disks are written by nobody");
    }

    @Override
    public boolean usesKvm() {
        return false;
    }

    @Override
    public List<ProcessorSlot> processorSlots() {
        return List.copyOf(slots);
    }

    @Override
    public void plugProcessor(ProcessorSlot slot) {
        slots.set(slots.indexOf(slot), new ProcessorSlot(slot.model(), slot.place(), true));
        order("plug " + slot.place(), runState);
    }

    @Override
    public GuestMemory memory() {
        return new GuestMemory(256L << 20, List.copyOf(rooms));
    }

    /** The guest obeys when the test says so. */
    @Override
    public void requestMemory(MemoryRoom room, long bytes) {
        rooms.set(rooms.indexOf(room), new MemoryRoom(room.name(), room.size(), bytes, room.maximum()));
        order("request " + room.name() + " " + (bytes >> 20) + "Mi", runState);
    }

    /** The guest does what it was asked to. */
    void takeMemory() {
        rooms.replaceAll(room -> new MemoryRoom(room.name(), room.requested(), room.requested(), room.maximum()));
    }

    @Override
    public String firmwareWords() {
        String tail = console;
        console = "";
        return tail;
    }

    @Override
    public boolean agentListens() {
        return false;
    }

    @Override
    public DiskDevices disks() {
        return disks;
    }

    @Override
    public AdapterDevices adapters() {
        return adapters;
    }

    @Override
    public void resume() {
        order("resume", "running");
    }

    @Override
    public void pause() {
        order("pause", "paused");
    }

    @Override
    public void reset() {
        order("reset", runState);
    }

    @Override
    public void powerDown() {
        order("powerDown", runState);
    }

    @Override
    public Map<String, DiskStatistics> diskStatistics(Set<String> names) {
        asked++;
        return statistics;
    }

    @Override
    public void quit() {
        gone = true;
        order("quit", "shutdown");
    }

    @Override
    public void sendMemory(String socket) {
        transfer = deafToSend ? transfer : Transfer.ACTIVE;
        order("sendMemory", deafToSend ? runState : "finish-migrate");
    }

    @Override
    public void cancelTransfer() {
        order("cancelTransfer", "paused");
    }

    @Override
    public void readMemory(String file) {
        order("readMemory", "inmigrate");
    }

    @Override
    public void close() {
        // Whoever closes it connects to the same one again.
    }

    /** Of a memory that is only ever saved: it stays where it is while the guest runs. */
    private static final class FakeMemory implements LiveMemoryControl {
        @Override
        public MachineFacts facts() {
            return FACTS;
        }

        @Override
        public boolean prepareBackground() {
            throw refused();
        }

        @Override
        public void preparePrecopy() {
            throw refused();
        }

        @Override
        public void send(String socket) {
            throw refused();
        }

        @Override
        public MigrationStatus progress() {
            throw refused();
        }

        @Override
        public void restore() {
            throw refused();
        }

        private static HypervisorRefusedException refused() {
            return new HypervisorRefusedException("this one's memory stays where it is");
        }
    }
}
