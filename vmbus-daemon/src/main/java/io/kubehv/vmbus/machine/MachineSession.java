package io.kubehv.vmbus.machine;

import io.kubehv.api.v1alpha1.AttachedAdapter;
import io.kubehv.api.v1alpha1.AttachedDisk;
import io.kubehv.api.v1alpha1.Guest;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.vmbus.adapter.AdapterControl;
import io.kubehv.vmbus.adapter.SearchDomains;
import io.kubehv.vmbus.checkpoint.CheckpointOrder;
import io.kubehv.vmbus.checkpoint.CheckpointOutlet;
import io.kubehv.vmbus.checkpoint.DiskStates;
import io.kubehv.vmbus.disk.Attachment;
import io.kubehv.vmbus.disk.DiskControl;
import io.kubehv.vmbus.disk.DiskFiles;
import io.kubehv.vmbus.fault.HypervisorGoneException;
import io.kubehv.vmbus.fault.HypervisorLostException;
import io.kubehv.vmbus.fault.VmbusException;
import io.kubehv.vmbus.files.DirectoryWatch;
import io.kubehv.vmbus.files.MountPoints;
import io.kubehv.vmbus.guest.AgentLink;
import io.kubehv.vmbus.status.MachineReport;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The daemon's hold on one VM: from its pod's coming to the node until the pod is gone. All that is learnt of the VM goes
 * through one queue to one thread, so that nothing here is locked and a slow VM delays nobody else.
 *
 * <p>Thread-safe.
 */
public final class MachineSession implements AutoCloseable {
    private static final Logger LOG = System.getLogger(MachineSession.class.getName());
    private static final Duration RECONNECT = Duration.ofMillis(100);
    private static final int REFUSALS_OF_A_START = 50;
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);
    private static final int MOST_EVENTS = 256;
    private static final Duration UNTIL_TOLD = Duration.ofHours(1);

    /** What sessions need of the daemon. */
    public record Surroundings(
            Path pods,
            MountPoints mounts,
            DirectoryWatch watch,
            Hypervisor.Connector connector,
            SearchDomains searchDomains,
            DiskStates disks,
            CheckpointOutlet checkpoints) {}

    private final String name;
    private final Surroundings surroundings;
    private final MachineFiles files;
    private final MachineControl control;
    private final SaveProcedure save;
    private final DiskControl disks;
    private final AdapterControl adapters;
    private final CheckpointProcedure checkpoint;
    private final PlugTeller teller;
    private final AgentLink agent;
    private final BlockingQueue<Runnable> inbox = new LinkedBlockingQueue<>();
    /** What a QEMU may have told that was not looked at yet: one that is taken over must not fill the daemon's heap. */
    private final Semaphore roomForEvents = new Semaphore(MOST_EVENTS);

    private final Tidings tidings;
    private final Thread thread;
    private final DirectoryWatch.Wait socketThere;
    private final DirectoryWatch.Wait podEnds;

    private PodFacts pod;
    private final Patience patience = new Patience(System::nanoTime);
    private @Nullable VirtualMachine machine;
    private @Nullable Hypervisor qemu;
    private @Nullable Events events;
    private int refusals;
    private String complaint = "";
    private boolean everConnected;
    private boolean socketSeen;
    private boolean ended;
    private volatile boolean connected;
    private volatile boolean closed;

    /**
     * Starts a session; it waits for QEMU and for the VM's object.
     *
     * @param name namespace and name, for the log
     */
    public MachineSession(String name, PodFacts pod, Surroundings surroundings, MachineOutlet outlet) {
        this.name = name;
        this.surroundings = surroundings;
        this.pod = pod;
        this.disks = new DiskControl(
                new DiskFiles(surroundings.pods(), surroundings.mounts()), pod.uid(), pod.disks(), System::nanoTime);
        this.adapters = new AdapterControl(pod.adapters(), surroundings.searchDomains(), System::nanoTime);
        this.teller = new PlugTeller(outlet, disks, adapters);
        this.files = new MachineFiles(surroundings.pods(), surroundings.mounts(), pod.uid());
        this.save = new SaveProcedure(files, teller, () -> post(() -> {}), System::nanoTime);
        this.agent =
                new AgentLink(files.ofMachine().agentSocket(), (state, guest) -> post(() -> agentIs(state, guest)));
        this.checkpoint = new CheckpointProcedure(
                files,
                surroundings.disks(),
                surroundings.checkpoints(),
                agent,
                this::post,
                System::nanoTime,
                () -> this.pod.disks());
        this.control = new MachineControl(
                pod, teller, save, new ResumeProcedure(files, teller), agent::shutDown, System::nanoTime);
        this.tidings = new Tidings(name, teller, control, this::portChanged, System::nanoTime);
        this.socketThere = surroundings
                .watch()
                .await(
                        files.ofMachine().monitorSocket(),
                        () -> post(() -> {
                            socketSeen = true;
                        }));
        this.podEnds = surroundings
                .watch()
                .await(
                        files.ofMachine().stopping(),
                        () -> post(() -> {
                            patience.podEnds();
                            control.podEnds();
                        }));
        this.thread = Thread.ofVirtual().name("vm " + name).start(this::run);
    }

    /** A checkpoint of this VM that is to be taken, or is being taken. */
    public void checkpointIs(CheckpointOrder order) {
        post(() -> checkpoint.orderIs(order));
    }

    public void podIs(PodFacts facts) {
        post(() -> {
            pod = facts;
            patience.podIs(facts);
            control.podIs(facts);
            adapters.podIs(facts.adapters());
        });
    }

    /** There is no such VM: all that can follow is that its pod is deleted and the guest shut down. */
    public void machineIsGone() {
        post(patience::isOver);
    }

    /** The VM's object, as it is now. */
    public void machineIs(VirtualMachine current) {
        post(() -> {
            machine = current;
            patience.isOver();
            control.wants(Wish.of(current));
            disks.wants(current);
            adapters.wants(current);
            Hypervisor held = qemu;
            if (held != null) {
                guarded(() -> control.statusIs(
                        held, MachineReport.of(current.getStatus()).state()));
            }
        });
    }

    /** The running pod on this node that has the volume to save this VM to; null when there is none. */
    public void savePodIs(@Nullable String uid) {
        post(() -> save.savePodIs(uid));
    }

    /** The pods on this node that mount volumes for disks of this VM, which came to it while it ran. */
    public void attachmentsAre(Collection<Attachment> attachments) {
        post(() -> disks.attachmentsAre(attachments));
    }

    /** The API server has a report of this session's. */
    public void reportIsThere(MachineReport report) {
        if (report.state() == VirtualMachineState.SAVED) {
            post(control::savedIsKnown);
        }
    }

    /** Whether it holds the monitor of a QEMU. */
    public boolean isConnected() {
        return connected;
    }

    /** Whether its thread is there, as it has to be until it is closed. */
    public boolean isAlive() {
        return closed || thread.isAlive();
    }

    /** How much was told and not looked at yet. */
    int backlog() {
        return inbox.size();
    }

    private void portChanged() {
        if (qemu != null) {
            agent.portIs(qemu.agentListens());
        }
    }

    private void agentIs(MachineReport.AgentReport state, @Nullable Guest guest) {
        if (qemu != null) {
            control.agentIs(state, guest);
        }
    }

    private void post(Runnable change) {
        inbox.add(change);
    }

    private void run() {
        Duration wait = UNTIL_TOLD;
        try {
            while (!closed) {
                Runnable first = inbox.poll(wait.toMillis(), TimeUnit.MILLISECONDS);
                wait = turn(first);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            save.abort();
            checkpoint.abort();
            disconnect();
        }
    }

    /** One look at all that was told, and what follows. Whatever goes wrong in it, there is another. */
    private Duration turn(@Nullable Runnable first) {
        try {
            for (Runnable change = first; change != null; change = inbox.poll()) {
                change.run();
            }
            return closed ? Duration.ZERO : advance();
        } catch (RuntimeException e) {
            if (isNew(e.toString())) {
                LOG.log(Level.ERROR, name + ": unexpected; connects again", e);
            }
            disconnect();
            return AFTER_FAILURE;
        }
    }

    private Duration advance() {
        Duration wait = patience.left(pod, UNTIL_TOLD);
        if (ended || !socketSeen || wait.isPositive()) {
            return ended || !socketSeen ? UNTIL_TOLD : wait;
        }
        try {
            Hypervisor held = qemu == null ? connect() : qemu;
            boolean asAtStart = disks.areAsAtStart() && adapters.areAsAtStart();
            control.disksAreAsAtStart(asAtStart);
            adapters.cables(held.adapters());
            Optional<Duration> busy = checkpoint.step(held, control.takesDevices(), asAtStart);
            if (busy.isPresent()) {
                return busy.get();
            }
            return sooner(checkpoint.untilNext(), sooner(control.step(held), devices(held)));
        } catch (HypervisorGoneException e) {
            return nobodyListens();
        } catch (HypervisorLostException e) {
            LOG.log(Level.DEBUG, () -> name + ": connects again", e);
            disconnect();
            return RECONNECT;
        } catch (VmbusException e) {
            if (isNew(String.valueOf(e.getMessage()))) {
                LOG.log(Level.WARNING, "{0}: {1}", name, e.getMessage());
            }
            return AFTER_FAILURE;
        }
    }

    private Duration devices(Hypervisor held) {
        if (!control.takesDevices()) {
            return UNTIL_TOLD;
        }
        List<AttachedDisk> disksBefore = disks.statuses();
        List<AttachedAdapter> adaptersBefore = adapters.statuses();
        Duration next = sooner(disks.step(held.disks()), adapters.step(held.adapters()));
        if (!disksBefore.equals(disks.statuses()) || !adaptersBefore.equals(adapters.statuses())) {
            teller.changed();
        }
        return next;
    }

    private static Duration sooner(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    /** A trouble is told once, as long as it stays the same: what failed is tried again each second. */
    private boolean isNew(String trouble) {
        boolean isNew = !trouble.equals(complaint);
        complaint = trouble;
        return isNew;
    }

    /** A socket is there a moment before its program listens; after a connection it means that the program is gone. */
    private Duration nobodyListens() {
        if (!everConnected && refusals < REFUSALS_OF_A_START) {
            refusals++;
            return RECONNECT;
        }
        end();
        return UNTIL_TOLD;
    }

    private Hypervisor connect() {
        VirtualMachine current = machine;
        Events ofThis = new Events();
        Hypervisor fresh = surroundings.connector().connect(files.ofMachine().monitorSocket(), ofThis);
        qemu = fresh;
        events = ofThis;
        connected = true;
        everConnected = true;
        LOG.log(Level.INFO, () -> name + ": connected to its hypervisor, which says " + fresh.runState());
        disks.connected(fresh.disks());
        adapters.connected(fresh.adapters());
        control.connected(fresh, MachineReport.of(current == null ? null : current.getStatus()));
        agent.portIs(fresh.agentListens());
        return fresh;
    }

    private void disconnect() {
        connected = false;
        if (qemu != null) {
            qemu.close();
            qemu = null;
        }
    }

    /** QEMU is gone, and with the pod's restart policy none comes in this pod again. */
    private void end() {
        disconnect();
        save.abort();
        checkpoint.ended();
        ended = true;
        agent.close();
        LOG.log(Level.INFO, () -> name + ": its hypervisor has ended");
        if (!everConnected) {
            // It ended before this life of the daemon's began: the operator sees its exit, and that is all there is.
            return;
        }
        tidings.ended();
    }

    @Override
    public void close() {
        closed = true;
        socketThere.close();
        podEnds.close();
        agent.close();
        post(() -> {});
    }

    /** Of one connection: what an old one still says after a new one is there is not heard. */
    private final class Events implements HypervisorEvents {
        @Override
        public void happened(Happening happening) {
            postEvent(() -> guarded(() -> tidings.heard(happening)));
        }

        @Override
        public void missed() {
            postEvent(() -> {});
        }

        /** Without room it is dropped: the session has to look at QEMU anyway, for all that waits before it. */
        private void postEvent(Runnable reaction) {
            if (roomForEvents.tryAcquire()) {
                post(() -> {
                    roomForEvents.release();
                    reaction.run();
                });
            }
        }

        @Override
        public void lost() {
            post(() -> {
                if (events == this) {
                    disconnect();
                }
            });
        }
    }

    private void guarded(Runnable reaction) {
        try {
            reaction.run();
        } catch (VmbusException e) {
            LOG.log(Level.DEBUG, () -> name + ": looked in vain; the next step looks again", e);
        }
    }
}
