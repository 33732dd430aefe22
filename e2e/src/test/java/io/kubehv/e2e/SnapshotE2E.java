package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import org.junit.jupiter.api.Test;

/** Snapshots of ordinary claims, by Kubernetes' own kinds. */
@OnCluster
class SnapshotE2E {
    private static final String API = "snapshot.storage.k8s.io/v1";

    private static final ResourceDefinitionContext CONTENTS = new ResourceDefinitionContext.Builder()
            .withGroup("snapshot.storage.k8s.io")
            .withVersion("v1")
            .withKind("VolumeSnapshotContent")
            .withPlural("volumesnapshotcontents")
            .withNamespaced(false)
            .build();

    @Test
    void a_claim_comes_back_from_its_snapshot_after_it_was_spoilt_and_deleted(Laboratory laboratory) {
        String node = keep(laboratory);
        shell(laboratory, "writer", "echo bad > /volume/letter; sync");
        laboratory.deletePod("writer");
        laboratory
                .client()
                .persistentVolumeClaims()
                .inNamespace(laboratory.namespace())
                .withName("data")
                .delete();

        assertComesBack(laboratory, "before", node);
    }

    /** What a program on the node has cut is given to ordinary tools like this. */
    @Test
    void a_snapshot_that_the_driver_has_is_adopted_by_its_handle(Laboratory laboratory) {
        String node = keep(laboratory);
        String bound = get(laboratory, "before").get("status", "boundVolumeSnapshotContentName");
        String handle = contents(laboratory, bound).get("status", "snapshotHandle");
        String adopted = laboratory.namespace() + "-adopted";

        laboratory.apply("""
                apiVersion: %s
                kind: VolumeSnapshotContent
                metadata:
                  name: %s
                  labels: {snapshot.storage.kubernetes.io/managed-by: %s}
                spec:
                  deletionPolicy: Delete
                  driver: csi.kubehv.io
                  source: {snapshotHandle: %s}
                  sourceVolumeMode: Filesystem
                  volumeSnapshotRef: {name: adopted, namespace: %s}
                """.formatted(API, adopted, node, handle, laboratory.namespace()));
        laboratory.apply(snapshot("adopted", "volumeSnapshotContentName: " + adopted));
        awaitReady(laboratory, "adopted");

        assertComesBack(laboratory, "adopted", node);
    }

    /** The snapshot "before" of the claim "data", which the pod "writer" has written to; returns its node. */
    private static String keep(Laboratory laboratory) {
        laboratory.apply(claim("data", ""));
        String node = run(laboratory, "writer", "data", "");
        shell(laboratory, "writer", "echo good > /volume/letter");
        laboratory.apply(snapshot("before", "persistentVolumeClaimName: data"));
        awaitReady(laboratory, "before");
        return node;
    }

    private static void assertComesBack(Laboratory laboratory, String snapshot, String node) {
        laboratory.apply(claim("back", dataSource(snapshot)));
        run(laboratory, "reader", "back", node);
        assertThat(shell(laboratory, "reader", "cat /volume/letter")).isEqualTo("good\n");
    }

    private static String claim(String name, String source) {
        return """
                apiVersion: v1
                kind: PersistentVolumeClaim
                metadata:
                  name: %s
                spec:
                  accessModes: [ReadWriteOnce]
                  storageClassName: kubehv
                  resources: {requests: {storage: 32Mi}}
                %s
                """.formatted(name, source);
    }

    private static String dataSource(String snapshot) {
        return "  dataSource: {apiGroup: snapshot.storage.k8s.io, kind: VolumeSnapshot, name: %s}".formatted(snapshot);
    }

    private static String snapshot(String name, String source) {
        return """
                apiVersion: %s
                kind: VolumeSnapshot
                metadata:
                  name: %s
                spec:
                  volumeSnapshotClassName: kubehv
                  source: {%s}
                """.formatted(API, name, source);
    }

    /** Starts a pod with the claim's volume, on that node if one is named; returns its node. */
    private static String run(Laboratory laboratory, String name, String claim, String node) {
        return laboratory
                .run(name, """
                apiVersion: v1
                kind: Pod
                metadata:
                  name: %s
                spec:
                  terminationGracePeriodSeconds: 0
                  nodeSelector: {%s}
                  containers:
                  - name: main
                    image: %s
                    command: [/bin/busybox, sleep, "3600"]
                    securityContext: {runAsUser: 0}
                    volumeMounts: [{name: volume, mountPath: /volume}]
                  volumes:
                  - name: volume
                    persistentVolumeClaim: {claimName: %s}
                """.formatted(
                        name, node.isEmpty() ? "" : "topology.kubehv.io/node: " + node, Cluster.CONTAINER_IMAGE, claim))
                .getSpec()
                .getNodeName();
    }

    private static String shell(Laboratory laboratory, String pod, String script) {
        return laboratory.inContainer(pod, "/bin/busybox", "sh", "-c", script);
    }

    private static void awaitReady(Laboratory laboratory, String snapshot) {
        laboratory.await("snapshot " + snapshot, Laboratory.SOON).untilAsserted(() -> {
            Boolean ready = get(laboratory, snapshot).get("status", "readyToUse");
            assertThat(ready).as(String.valueOf(get(laboratory, snapshot))).isTrue();
        });
    }

    private static GenericKubernetesResource get(Laboratory laboratory, String snapshot) {
        return laboratory
                .client()
                .genericKubernetesResources(API, "VolumeSnapshot")
                .inNamespace(laboratory.namespace())
                .withName(snapshot)
                .get();
    }

    private static GenericKubernetesResource contents(Laboratory laboratory, String name) {
        return laboratory
                .client()
                .genericKubernetesResources(CONTENTS)
                .withName(name)
                .get();
    }
}
