package io.kubehv.vmbus;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.kubehv.hv.accelerator.AcceleratorProbe;
import io.kubehv.hv.accelerator.AcceleratorVerdict;
import io.kubehv.hv.monitoring.JsonLog;
import io.kubehv.hv.monitoring.MonitoringServer;
import io.kubehv.vmbus.adapter.SearchDomains;
import io.kubehv.vmbus.checkpoint.CaptureWriter;
import io.kubehv.vmbus.checkpoint.CheckpointDesk;
import io.kubehv.vmbus.checkpoint.CsiVolumeSnapshots;
import io.kubehv.vmbus.checkpoint.DiskStates;
import io.kubehv.vmbus.deviceplugin.DevicePlugin;
import io.kubehv.vmbus.event.EventRecorder;
import io.kubehv.vmbus.files.DirectoryWatch;
import io.kubehv.vmbus.files.MountPoints;
import io.kubehv.vmbus.fleet.Fleet;
import io.kubehv.vmbus.fleet.MachineHold;
import io.kubehv.vmbus.fleet.Watches;
import io.kubehv.vmbus.machine.MachineSession;
import io.kubehv.vmbus.machine.QemuHypervisor;
import io.kubehv.vmbus.monitoring.DaemonMetrics;
import io.kubehv.vmbus.node.BootTime;
import io.kubehv.vmbus.node.NodeAccelerator;
import io.kubehv.vmbus.node.NodeRecord;
import io.kubehv.vmbus.node.WriteFaults;
import io.kubehv.vmbus.status.KubernetesStatusApi;
import io.kubehv.vmbus.status.StatusApi;
import io.kubehv.vmbus.status.StatusWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;

/** The program: the parts, wired together. It may end at any time; VMs run on, and its next life picks them up. */
public final class VmbusDaemon implements AutoCloseable {
    private static final Path RESOLVER_CONFIGURATION = Path.of("/etc/resolv.conf");
    private static final System.Logger LOG = System.getLogger(VmbusDaemon.class.getName());
    /** Warn of an option that UNIX sockets don't have, and of versions of an API that are ours. */
    private static final String[] NOISE = {
        "io.grpc.netty.shaded.io.netty.bootstrap", "io.fabric8.kubernetes.client.dsl.internal.VersionUsageUtils"
    };

    private static final Path KVM_DEVICE = Path.of("/dev/kvm");
    private static final Path WRITE_FAULTS_DEVICE = Path.of("/dev/userfaultfd");

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();

    private VmbusDaemon() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        DaemonSettings settings = DaemonSettings.of(System.getenv());
        JsonLog.install(settings.node(), Level.parse(settings.logLevel()), NOISE);
        Config config = new ConfigBuilder().withRequestRetryBackoffLimit(0).build();
        VmbusDaemon daemon = start(settings, config, VmbusDaemon::kvmRunsGuests);
        CountDownLatch asked = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            daemon.close();
            asked.countDown();
        }));
        asked.await();
    }

    private static boolean kvmRunsGuests() {
        try {
            AcceleratorVerdict verdict = AcceleratorProbe.ofThisMachine().probe(AcceleratorProbe.DEADLINE);
            LOG.log(System.Logger.Level.INFO, () -> "KVM: " + verdict.toJson());
            return verdict instanceof AcceleratorVerdict.Usable;
        } catch (InterruptedException e) {
            // The daemon ends; nobody waits for the answer.
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Starts all parts; the returned daemon has to be closed. */
    static VmbusDaemon start(DaemonSettings settings, Config config, BooleanSupplier kvmRunsGuests) throws IOException {
        VmbusDaemon daemon = new VmbusDaemon();
        KubernetesClient client =
                daemon.part(new KubernetesClientBuilder().withConfig(config).build());
        DirectoryWatch watch = daemon.part(DirectoryWatch.start());
        DaemonMetrics metrics = new DaemonMetrics();
        NodeRecord node = daemon.part(
                new NodeRecord(client, settings.node(), BootTime.of(settings.sinceBoot(), Clock.systemUTC())));
        NodeAccelerator accelerator = daemon.part(new NodeAccelerator(kvmRunsGuests, KVM_DEVICE, node::write));
        EventRecorder events = daemon.part(new EventRecorder(
                client, settings.node(), Clock.systemUTC(), event -> metrics.eventTold(event.reason())));
        StatusApi statuses = metrics.counting(new KubernetesStatusApi(client));
        CsiVolumeSnapshots volumes = daemon.part(new CsiVolumeSnapshots(settings.csiSocket()));
        CaptureWriter captures = daemon.part(new CaptureWriter(client));
        DiskStates disks = new DiskStates(settings.pods(), volumes, captures);
        MachineSession.Surroundings surroundings = new MachineSession.Surroundings(
                settings.pods(),
                MountPoints.ofKernel(),
                watch,
                QemuHypervisor::connect,
                SearchDomains.read(RESOLVER_CONFIGURATION),
                disks,
                captures);

        Watches watches = daemon.part(new Watches(client, settings.node()));
        Fleet fleet = daemon.part(new Fleet(
                (machine, pod) -> new MachineHold(
                        machine.toString(),
                        pod,
                        surroundings,
                        whenThere -> new StatusWriter(statuses, settings.node(), Clock.systemUTC(), whenThere),
                        events),
                watches::lookUp));
        metrics.gauge("kubehv_vmbus_machines", "VMs that have their pod on this node.", fleet::size);
        metrics.gauge("kubehv_vmbus_monitors", "VMs whose monitor connection is held.", fleet::connected);

        DevicePlugin plugin = daemon.part(new DevicePlugin(
                settings.devicePlugins(),
                accelerator,
                WriteFaults.forMachines(WRITE_FAULTS_DEVICE, settings.sinceBoot())
                        .orElse(null)));
        daemon.part(MonitoringServer.start(
                settings.monitoringPort(),
                metrics::text,
                () -> watch.isAlive() && fleet.isAlive(),
                () -> plugin.isRegistered() && watches.isComplete(),
                "not registered with the kubelet"));
        // VMs that run are picked up before new ones are let in.
        watches.start(fleet, daemon.part(new CheckpointDesk(disks, captures, fleet, Clock.systemUTC())));
        accelerator.start();
        plugin.start(watch);
        return daemon;
    }

    private <T extends AutoCloseable> T part(T part) {
        parts.push(part);
        return part;
    }

    /** Ends the parts, the last one first. */
    @Override
    public void close() {
        while (!parts.isEmpty()) {
            AutoCloseable part = parts.pop();
            try {
                part.close();
            } catch (Exception e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        () -> "can't end " + part.getClass().getSimpleName(),
                        e);
            }
        }
    }
}
