package io.kubehv.operator.cluster;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.Operator;
import io.kubehv.operator.OperatorSettings;
import io.kubehv.operator.claim.DiskClaims;
import io.kubehv.operator.event.EventRecorder;
import io.kubehv.operator.metrics.OperatorMetrics;
import io.kubehv.operator.network.HandedOut;
import io.kubehv.operator.network.MacPool;
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
        Clock clock = Clock.systemUTC();
        DiskClaims claims = new DiskClaims(clock);
        EventRecorder events = new EventRecorder(client, clock);
        OperatorMetrics metrics = new OperatorMetrics(registry);
        MachineIndex index = new MachineIndex();
        HandedOut handedOut = new HandedOut(clock);
        MacPool pool = new MacPool(handedOut, settings);
        operator = new Operator(overrider -> overrider
                .withKubernetesClient(client)
                .withCloseClientOnStop(false)
                .checkingCRDAndValidateLocalModel(false));
        operator.register(new VirtualMachineReconciler(
                new MachineObserver(client, clock),
                new Networks(new Identities(pool), handedOut, pool),
                new StatusWriter(client),
                new Executor(client, settings),
                claims,
                events,
                metrics,
                index));
        operator.register(new VirtualHardDiskReconciler(
                new DiskObserver(client, clock, claims, index),
                new DiskStatus(client),
                new DiskExecutor(client, settings),
                claims,
                events,
                metrics));
        operator.register(new VirtualSwitchReconciler(new SwitchStatus(client), claims, index, events, metrics, clock));
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
