package io.kubehv.operator.cluster;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kubehv.api.v1alpha1.VirtualMachine;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The operator's own time for many VMs at once, against a real API server without nodes: {@code mvn -pl operator -am verify
 * -Dit.test=ScaleBench}. It prints a row a size; time in the operator's threads includes the API server's answers.
 */
class ScaleBench {
    private static final Duration LONGEST = Duration.ofMinutes(20);

    @ParameterizedTest
    @ValueSource(ints = {1000, 4000})
    void vms_created_at_once(int count) {
        String namespace = "bench-" + UUID.randomUUID();
        try (KubernetesClient client = ApiServer.get().client();
                KubernetesClient watching = ApiServer.get().client();
                TestOperator operator = new TestOperator(watching)) {
            ApiServer.namespace(client, namespace);
            Instant begin = Instant.now();
            IntStream.range(0, count)
                    .forEach(i -> client.resource(machine(namespace, i)).create());
            Duration creating = Duration.between(begin, Instant.now());
            await().atMost(LONGEST).pollInterval(Duration.ofSeconds(1)).until(() -> pods(client, namespace) >= count);
            Duration all = Duration.between(begin, Instant.now());
            System.gc();
            long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() >> 20;
            System.out.printf(
                    "| %d VMs | created by the test in %.1f s | all pods made after %.1f s | operator's passes %.1f s,"
                            + " %.1f ms a VM | %.2f status writes a VM | heap %d MiB |%n",
                    count,
                    creating.toMillis() / 1000.0,
                    all.toMillis() / 1000.0,
                    operator.seconds("VirtualMachine"),
                    operator.seconds("VirtualMachine") * 1000 / count,
                    operator.statusWrites("VirtualMachine") / count,
                    heap);
            client.resources(VirtualMachine.class).inNamespace(namespace).delete();
            client.pods().inNamespace(namespace).withGracePeriod(0).delete();
        }
    }

    private static int pods(KubernetesClient client, String namespace) {
        return client.resources(Pod.class)
                .inNamespace(namespace)
                .list()
                .getItems()
                .size();
    }

    private static VirtualMachine machine(String namespace, int number) {
        return Serialization.unmarshal("""
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualMachine
                metadata: {name: vm-%d, namespace: %s}
                spec: {memory: {startup: 128Mi}}
                """.formatted(number, namespace), VirtualMachine.class);
    }
}
