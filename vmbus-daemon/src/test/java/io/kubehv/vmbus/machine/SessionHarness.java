package io.kubehv.vmbus.machine;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.utils.Serialization;
import io.kubehv.api.v1alpha1.CheckpointCapture;
import io.kubehv.api.v1alpha1.Disk;
import io.kubehv.api.v1alpha1.Identity;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.NetworkAdapter;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineSpec;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
import io.kubehv.vmbus.adapter.SearchDomains;
import io.kubehv.vmbus.checkpoint.CheckpointOrder;
import io.kubehv.vmbus.checkpoint.CheckpointOutlet;
import io.kubehv.vmbus.checkpoint.DiskStates;
import io.kubehv.vmbus.disk.Attachment;
import io.kubehv.vmbus.disk.OwnDisk;
import io.kubehv.vmbus.event.MachineEvent;
import io.kubehv.vmbus.files.DirectoryWatch;
import io.kubehv.vmbus.status.MachineReport;
import io.kubehv.vmbus.status.MachineReport.AgentReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** A session as the daemon has it, with the API server's part played here. */
final class SessionHarness implements AutoCloseable, MachineOutlet {
    private static final Duration BOOT = Duration.ofMinutes(3);
    private static final Duration SOON = Duration.ofMinutes(1);

    final List<MachineReport> reports = new CopyOnWriteArrayList<>();
    final List<MachineEvent> events = new CopyOnWriteArrayList<>();
    /** By what each event is told from others of its kind. */
    final List<String> occurrences = new CopyOnWriteArrayList<>();

    /** What was told of checkpoints. */
    final List<CheckpointCapture> captures = new CopyOnWriteArrayList<>();

    final FileVolumes volumes = new FileVolumes();

    /** What the operator does about the disks of other CSI drivers. */
    volatile Consumer<CheckpointOrder> whenOthersAreToCut = order -> {};

    private final CheckpointOutlet checkpoints = (order, capture, whenThere) -> {
        captures.add(capture);
        whenThere.run();
        if (capture.stage() == CheckpointCapture.Stage.CUTTING) {
            // On another thread, as an API server tells of it.
            Thread.ofVirtual().start(() -> whenOthersAreToCut.accept(order));
        }
    };

    /** Whether the API server takes reports and answers nothing. */
    volatile boolean silent;

    final Path pods;
    final DiskStates disks;
    final String podUid;

    private final DirectoryWatch watch = DirectoryWatch.start();
    private MachineSession session;
    private volatile PodFacts pod;
    private PowerState wanted = PowerState.RUNNING;
    private List<Disk> wantedDisks = List.of();
    private List<NetworkAdapter> wantedAdapters = List.of();
    private Map<String, String> macAddresses = Map.of();
    private List<Attachment> attachments = List.of();
    private String wantedMemory = "192Mi";

    SessionHarness(Path root, String podUid, boolean resuming) throws IOException {
        this(root, podUid, resuming, List.of());
    }

    /** Of a VM that was started with these disks. */
    SessionHarness(Path root, String podUid, boolean resuming, List<OwnDisk> disks) throws IOException {
        this.pods = Files.createDirectories(root.resolve("pods"));
        this.disks = new DiskStates(pods, volumes, checkpoints);
        this.podUid = podUid;
        this.pod = new PodFacts(podUid, false, Duration.ofSeconds(30), resuming, disks, 0);
        startDaemon();
    }

    /** A new life of the daemon: it knows what the API server knows. */
    void restartDaemon() {
        session.close();
        startDaemon();
    }

    private void startDaemon() {
        session = new MachineSession(
                "shop/web",
                pod,
                new MachineSession.Surroundings(
                        pods,
                        directory -> true,
                        watch,
                        QemuHypervisor::connect,
                        new SearchDomains(List.of("kubehv-system.svc.cluster.local")),
                        disks,
                        checkpoints),
                this);
        session.podIs(pod);
        session.attachmentsAre(attachments);
        session.machineIs(machine(null));
    }

    void want(PowerState powerState) {
        wanted = powerState;
        session.machineIs(machine(null));
    }

    void wantReset(String time) {
        session.machineIs(machine(time));
    }

    void deletePod(Duration grace) {
        pod = new PodFacts(podUid, true, grace, pod.resuming());
        session.podIs(pod);
    }

    /** What the VM's spec says of its disks. */
    void wantDisks(List<Disk> disks) {
        wantedDisks = disks;
        session.machineIs(machine(null));
    }

    /** What the VM's spec says of its network adapters, and its status of their MAC addresses. */
    void wantAdapters(List<NetworkAdapter> adapters, Map<String, String> addresses) {
        wantedAdapters = adapters;
        macAddresses = addresses;
        session.machineIs(machine(null));
    }

    /** What the VM's spec says of its memory. */
    void wantMemory(String startup) {
        wantedMemory = startup;
        session.machineIs(machine(null));
    }

    /** How much memory the pod's cgroup has for the guest. */
    void podMemory(long bytes) {
        pod = new PodFacts(podUid, pod.deleting(), pod.grace(), pod.resuming(), pod.disks(), bytes);
        session.podIs(pod);
    }

    void attachments(Attachment... pods) {
        attachments = List.of(pods);
        session.attachmentsAre(attachments);
    }

    /** Asks for a checkpoint; what was told of it before is known to the API server. */
    void checkpoint(CheckpointOrder order) {
        session.checkpointIs(order);
    }

    void savePod(String uid) {
        session.savePodIs(uid);
    }

    private VirtualMachine machine(String resetAt) {
        VirtualMachine machine = new VirtualMachine();
        machine.getMetadata().setName("web");
        machine.getMetadata().setNamespace("shop");
        if (resetAt != null) {
            machine.getMetadata().setAnnotations(Map.of(KubeHV.RESET_AT_ANNOTATION, resetAt));
        }
        machine.setSpec(Serialization.unmarshal(
                Serialization.asJson(Map.of(
                        "powerState",
                        wanted,
                        "terminationGracePeriod",
                        "25s",
                        "disks",
                        wantedDisks,
                        "networkAdapters",
                        wantedAdapters,
                        "memory",
                        Map.of("startup", wantedMemory))),
                VirtualMachineSpec.class));
        MachineReport known = lastReport().orElse(MachineReport.of(null));
        machine.setStatus(new VirtualMachineStatus(
                known.state(),
                null,
                null,
                null,
                known.accelerator(),
                new Identity(null, null, macAddresses),
                null,
                known.guest(),
                known.resetAt(),
                null));
        return machine;
    }

    @Override
    public void report(MachineReport report) {
        if (!lastReport().equals(Optional.of(report))) {
            reports.add(report);
        }
        if (!silent) {
            session.reportIsThere(report);
        }
    }

    @Override
    public void happened(MachineEvent event, String occurrence, String detail) {
        events.add(event);
        occurrences.add(occurrence);
    }

    Optional<MachineReport> lastReport() {
        return reports.isEmpty() ? Optional.empty() : Optional.of(reports.getLast());
    }

    /** The tiny guest has booted, and its agent answers. */
    void awaitGuest(TestMachine machine) {
        await().atMost(BOOT).until(() -> machine.console().contains("tiny: booted"));
        await().atMost(SOON)
                .until(() -> lastReport()
                        .filter(report -> report.agent() == AgentReport.CONNECTED)
                        .isPresent());
    }

    /** The volume of a pod, as the kubelet mounts it. */
    Path volumeOf(String pod) throws IOException {
        return Files.createDirectories(pods.resolve(pod).resolve("volumes/kubernetes.io~csi/pv-1/mount"));
    }

    boolean isIn(VirtualMachineState state) {
        return lastReport().filter(report -> report.state() == state).isPresent();
    }

    @Override
    public void close() throws IOException {
        session.close();
        watch.close();
    }
}
