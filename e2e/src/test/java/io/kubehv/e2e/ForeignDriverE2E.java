package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointApply;
import io.kubehv.api.v1alpha1.CheckpointDisk;
import io.kubehv.api.v1alpha1.CheckpointPhase;
import io.kubehv.api.v1alpha1.CheckpointType;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Checkpoints of VMs whose disks another CSI driver has: the CSI project's example, which is deployed for these tests. */
@OnCluster
class ForeignDriverE2E {
    private static final Duration DEPLOYED = Duration.ofMinutes(5);
    private static final Duration SOON = Duration.ofMinutes(2);
    private static final String DRIVER = "hostpath.csi.k8s.io";
    private static final String NOT_TO_BE_HAD = "the driver is not to be had here";

    @BeforeAll
    static void deploy() {
        String said = Cluster.run(
                DEPLOYED,
                "sh",
                "-c",
                "../e2e/cluster/hostpath.sh up || { [ $? = 75 ] && echo '" + NOT_TO_BE_HAD + "'; }");
        assumeFalse(said.contains(NOT_TO_BE_HAD), said);
    }

    @AfterEach
    void noClass() {
        Cluster.kubectl("delete", "volumesnapshotclass", "hostpath", "--ignore-not-found");
    }

    private static void withClass(Laboratory laboratory) {
        laboratory.apply("""
                apiVersion: snapshot.storage.k8s.io/v1
                kind: VolumeSnapshotClass
                metadata:
                  name: hostpath
                driver: %s
                deletionPolicy: Delete
                """.formatted(DRIVER));
    }

    /** A VM with all it has on the other driver's volumes; {@code more}: further disks. */
    private static Machine started(Laboratory laboratory, String more) {
        laboratory.apply("""
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualMachine
                metadata:
                  name: web
                spec:
                  generation: 2
                  memory:
                    startup: 256Mi
                  terminationGracePeriod: 30s
                  disks:
                  - name: root
                    template:
                      size: 128Mi
                      storageClassName: hostpath
                      containerImage:
                        image: kubehv/guest-tiny:1
                %s
                  networkAdapters:
                  - name: lan
                    ports:
                    - name: http
                      port: 80
                """.formatted(more));
        Machine web = laboratory.machine("web");
        web.awaitGuest();
        web.awaitAgent();
        return web;
    }

    private static long snapshots(Laboratory laboratory) {
        return laboratory
                .client()
                .genericKubernetesResources("snapshot.storage.k8s.io/v1", "VolumeSnapshot")
                .inNamespace(laboratory.namespace())
                .list()
                .getItems()
                .size();
    }

    private static String ready(Checkpoint checkpoint) {
        return checkpoint.getStatus().conditions().getFirst().getMessage();
    }

    private static void assertTidy(Laboratory laboratory) {
        laboratory
                .await("what was copied from gone", SOON)
                .until(
                        () -> laboratory
                                .client()
                                .persistentVolumeClaims()
                                .inNamespace(laboratory.namespace())
                                .list()
                                .getItems()
                                .stream()
                                .noneMatch(
                                        claim -> claim.getMetadata().getName().contains("-copy-")));
    }

    @Test
    void a_vm_goes_back_with_memory_and_disks_that_our_own_driver_has_not(Laboratory laboratory) {
        withClass(laboratory);
        Machine web = started(laboratory, "");
        Tree tree = new Tree(laboratory, "web");
        web.mark("one");

        Checkpoint first = tree.take("first", "Standard");

        assertThat(first.getStatus().type()).isEqualTo(CheckpointType.STANDARD);
        assertThat(first.getStatus().capture().blackout()).endsWith("ms");
        assertThat(first.getStatus().disks()).noneMatch(CheckpointDisk::ours);
        assertThat(ready(first)).contains("stood still for", DRIVER);
        web.mark("two");
        tree.take("second", "Standard");

        CheckpointApply back = tree.apply("back", "first", false);
        web.awaitGuest();
        assertThat(web.memory()).as(back.toString()).isEqualTo("one");
        assertThat(web.read()).contains("one").doesNotContain("two");
        assertThat(web.console()).as("a guest that goes on does not boot").doesNotContain("tiny: booted");
        assertTidy(laboratory);

        tree.apply("forth", "second", false);
        web.awaitGuest();
        assertThat(web.memory()).as("a sibling is what it was").isEqualTo("two");
        assertThat(web.read()).contains("one", "two");

        laboratory.apply("""
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualMachine
                metadata:
                  name: copy
                spec:
                  fromCheckpoint: first
                  memory:
                    startup: 256Mi
                  networkAdapters:
                  - name: lan
                    ports:
                    - name: http
                      port: 80
                """);
        Machine copy = laboratory.machine("copy");
        copy.awaitGuest();
        assertThat(copy.read()).contains("one").doesNotContain("two");

        tree.delete("first");
        tree.delete("second");
        laboratory.await("VolumeSnapshots gone", SOON).until(() -> snapshots(laboratory) == 0);
    }

    @Test
    void a_production_checkpoint_of_disks_of_both_drivers_is_of_one_freeze(Laboratory laboratory) {
        withClass(laboratory);
        Machine web = started(laboratory, """
                  - name: ours
                    template:
                      size: 16Mi
                      storageClassName: kubehv
                      blank: {}
                """);
        Tree tree = new Tree(laboratory, "web");
        web.write("kept");
        web.run("echo kept | dd of=/dev/sdb conv=fsync 2>/dev/null");

        Checkpoint kept = tree.take("kept", "ProductionOnly");

        assertThat(kept.getStatus().capture().frozenTime()).endsWith("ms");
        assertThat(kept.getStatus().disks()).anyMatch(CheckpointDisk::ours).anyMatch(disk -> !disk.ours());
        assertThat(ready(kept)).contains("were held for", DRIVER);
        web.write("lost");
        web.run("echo lost | dd of=/dev/sdb conv=fsync 2>/dev/null");

        tree.apply("back", "kept", false);
        web.awaitReady("False", "CheckpointApplied");
        web.awaitState(VirtualMachineState.OFF);
        web.annotate(
                KubeHV.RESTARTED_AT_ANNOTATION, Instant.now().plusSeconds(1).toString());
        web.awaitGuest();

        assertThat(web.read()).contains("kept").doesNotContain("lost");
        assertThat(web.run("head -c 4 /dev/sdb")).isEqualTo("kept");
    }

    @Test
    void a_driver_without_a_class_of_snapshots_is_refused_before_anything_stops(Laboratory laboratory) {
        Machine web = started(laboratory, "");
        Tree tree = new Tree(laboratory, "web");

        tree.ask("refused", "Standard");

        Checkpoint refused = tree.await("refused", CheckpointPhase.FAILED);
        assertThat(ready(refused)).contains("root", DRIVER, "no VolumeSnapshotClass", "create one");
        assertThat(web.get().getStatus().state()).isEqualTo(VirtualMachineState.RUNNING);
    }
}
