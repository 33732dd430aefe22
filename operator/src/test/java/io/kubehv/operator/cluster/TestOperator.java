package io.kubehv.operator.cluster;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.Operator;
import io.kubehv.operator.OperatorSettings;
import io.kubehv.operator.WebReferences;
import io.kubehv.operator.checkpoint.ApplyObserver;
import io.kubehv.operator.checkpoint.AutomaticCheckpointKeeper;
import io.kubehv.operator.checkpoint.CheckpointApplyReconciler;
import io.kubehv.operator.checkpoint.CheckpointExecutor;
import io.kubehv.operator.checkpoint.CheckpointIndex;
import io.kubehv.operator.checkpoint.CheckpointLimit;
import io.kubehv.operator.checkpoint.CheckpointObserver;
import io.kubehv.operator.checkpoint.CheckpointReconciler;
import io.kubehv.operator.checkpoint.CheckpointStatusWriter;
import io.kubehv.operator.checkpoint.ForeignSnapshots;
import io.kubehv.operator.checkpoint.MachinePlace;
import io.kubehv.operator.checkpoint.SnapshotClasses;
import io.kubehv.operator.checkpoint.VolumeLookup;
import io.kubehv.operator.checkpointschedule.CheckpointScheduleReconciler;
import io.kubehv.operator.checkpointschedule.ScheduleObserver;
import io.kubehv.operator.claim.DiskClaims;
import io.kubehv.operator.event.EventRecorder;
import io.kubehv.operator.export.ExportExecutor;
import io.kubehv.operator.export.ExportObserver;
import io.kubehv.operator.export.ExportReconciler;
import io.kubehv.operator.machineimport.ImportExecutor;
import io.kubehv.operator.machineimport.ImportObserver;
import io.kubehv.operator.machineimport.ImportReconciler;
import io.kubehv.operator.metrics.OperatorMetrics;
import io.kubehv.operator.network.HandedOut;
import io.kubehv.operator.network.MacPool;
import io.kubehv.operator.pod.PodLogs;
import io.kubehv.operator.virtualharddisk.DiskExecutor;
import io.kubehv.operator.virtualharddisk.DiskObserver;
import io.kubehv.operator.virtualharddisk.DiskStatus;
import io.kubehv.operator.virtualharddisk.VirtualHardDiskReconciler;
import io.kubehv.operator.virtualmachine.Executor;
import io.kubehv.operator.virtualmachine.Identities;
import io.kubehv.operator.virtualmachine.MachineIndex;
import io.kubehv.operator.virtualmachine.MachineObserver;
import io.kubehv.operator.virtualmachine.Networks;
import io.kubehv.operator.virtualmachine.StatusWriter;
import io.kubehv.operator.virtualmachine.VirtualMachineReconciler;
import io.kubehv.operator.virtualmachine.dependent.TestSettings;
import io.kubehv.operator.virtualswitch.SwitchStatus;
import io.kubehv.operator.virtualswitch.VirtualSwitchReconciler;
import io.prometheus.client.CollectorRegistry;
import java.time.Clock;

/** The operator's parts put together as Quarkus does, without Quarkus: it can be started and stopped at will. */
final class TestOperator implements AutoCloseable {
    private final Operator operator;
    private final CollectorRegistry registry = new CollectorRegistry();

    TestOperator(KubernetesClient client) {
        this(client, new TestSettings());
    }

    TestOperator(KubernetesClient client, OperatorSettings settings) {
        this(client, settings, Clock.systemUTC());
    }

    TestOperator(KubernetesClient client, OperatorSettings settings, Clock clock) {
        DiskClaims claims = new DiskClaims(clock);
        EventRecorder events = new EventRecorder(client, clock);
        OperatorMetrics metrics = new OperatorMetrics(registry);
        MachineIndex index = new MachineIndex();
        CheckpointIndex checkpoints = new CheckpointIndex();
        HandedOut handedOut = new HandedOut(clock);
        MacPool pool = new MacPool(handedOut, settings);
        operator = new Operator(overrider -> overrider
                .withKubernetesClient(client)
                .withCloseClientOnStop(false)
                .checkingCRDAndValidateLocalModel(false));
        operator.register(new VirtualMachineReconciler(
                new MachineObserver(client, clock, checkpoints),
                new Networks(new Identities(pool), handedOut, pool),
                new StatusWriter(client),
                new Executor(client, settings),
                claims,
                events,
                metrics,
                index,
                new AutomaticCheckpointKeeper(client, checkpoints),
                checkpoints));
        operator.register(new VirtualHardDiskReconciler(
                new DiskObserver(client, clock, claims, index),
                new DiskStatus(client),
                new DiskExecutor(client, settings),
                claims,
                events,
                metrics));
        operator.register(new VirtualSwitchReconciler(new SwitchStatus(client), claims, index, events, metrics, clock));
        MachinePlace place = new MachinePlace(client);
        VolumeLookup volumes = new VolumeLookup(client, index, new SnapshotClasses(client));
        ForeignSnapshots snapshots = new ForeignSnapshots(client);
        PodLogs logs = new PodLogs(client);
        operator.register(new CheckpointReconciler(
                new CheckpointObserver(index, volumes, snapshots, claims, clock),
                new CheckpointStatusWriter(client),
                new CheckpointExecutor(client, settings, place, index),
                checkpoints,
                claims,
                events,
                metrics));
        operator.register(new CheckpointApplyReconciler(
                client,
                new ApplyObserver(index, checkpoints, volumes, snapshots, logs, clock),
                place,
                settings,
                claims,
                events,
                metrics));
        operator.register(new CheckpointScheduleReconciler(
                client, new ScheduleObserver(index, new CheckpointLimit(checkpoints), clock), claims, events, metrics));
        WebReferences references = new WebReferences(client);
        operator.register(new ExportReconciler(
                client,
                new ExportObserver(index, checkpoints, references, logs, clock),
                new ExportExecutor(client, settings),
                claims,
                events,
                metrics));
        operator.register(new ImportReconciler(
                client,
                settings,
                new ImportObserver(index, references, logs, clock),
                new ImportExecutor(client),
                claims,
                events,
                metrics));
        operator.start();
    }

    /** How many statuses of this kind it has stored. */
    double statusWrites(String kind) {
        return registry.getSampleValue(
                                "kubehv_operator_status_writes_total", new String[] {"kind"}, new String[] {kind})
                        == null
                ? 0
                : registry.getSampleValue(
                        "kubehv_operator_status_writes_total", new String[] {"kind"}, new String[] {kind});
    }

    /** The seconds that it spent on objects of this kind. */
    double seconds(String kind) {
        return registry.getSampleValue(
                "kubehv_operator_reconcile_seconds_sum", new String[] {"kind"}, new String[] {kind});
    }

    @Override
    public void close() {
        operator.stop();
    }
}
