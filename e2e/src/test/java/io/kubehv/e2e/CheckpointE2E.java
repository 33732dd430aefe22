package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointPhase;
import io.kubehv.api.v1alpha1.CheckpointType;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import java.time.Instant;
import org.junit.jupiter.api.Test;

@OnCluster
class CheckpointE2E {
    private static Machine started(Laboratory laboratory) {
        laboratory.apply(Manifests.tiny("web", 1));
        Machine web = laboratory.machine("web");
        web.awaitGuest();
        web.awaitAgent();
        return web;
    }

    @Test
    void a_vm_goes_about_in_a_tree_of_its_states_with_memory_and_disks(Laboratory laboratory) {
        Machine web = started(laboratory);
        Tree tree = new Tree(laboratory, "web");
        web.mark("one");
        Checkpoint first = tree.take("first", "Standard");
        assertThat(first.getStatus().type()).isEqualTo(CheckpointType.STANDARD);
        assertThat(first.getStatus().parent()).isNull();
        assertThat(first.getStatus().capture().blackout()).endsWith("ms");
        tree.awaitCurrent("first");
        web.mark("two");
        tree.take("second", "Standard");
        web.mark("three");
        tree.take("third", "Standard");
        assertThat(tree.parent("third")).isEqualTo("second");

        tree.delete("second");
        assertThat(tree.parent("third")).isEqualTo("first");
        assertThat(web.get().getStatus().checkpoint()).isEqualTo("third");

        tree.apply("back", "first", false);
        web.awaitGuest();
        assertThat(web.memory()).isEqualTo("one");
        assertThat(web.read()).contains("one").doesNotContain("two", "three");
        assertThat(web.console()).as("a guest that goes on does not boot").doesNotContain("tiny: booted");
        tree.awaitCurrent("first");

        web.mark("branch");
        tree.take("fourth", "Standard");
        assertThat(tree.parent("fourth")).isEqualTo("first");
        tree.apply("across", "third", false);
        web.awaitGuest();
        assertThat(web.memory()).isEqualTo("three");
        assertThat(web.read()).contains("one", "two", "three").doesNotContain("branch");

        tree.apply("again", "fourth", false);
        web.awaitGuest();
        assertThat(web.memory()).isEqualTo("branch");
        assertThat(web.read()).contains("one", "branch").doesNotContain("two", "three");
    }

    @Test
    void a_production_checkpoint_has_consistent_disks_and_leaves_the_vm_off(Laboratory laboratory) {
        Machine web = started(laboratory);
        Tree tree = new Tree(laboratory, "web");
        web.write("kept");
        Checkpoint kept = tree.take("kept", "Production");
        assertThat(kept.getStatus().type()).isEqualTo(CheckpointType.PRODUCTION);
        assertThat(kept.getStatus().capture().frozenTime()).endsWith("ms");
        assertThat(kept.getStatus().memoryPersistentVolumeClaim()).isNull();
        web.write("lost");

        tree.apply("back", "kept", true);
        web.awaitReady("False", "CheckpointApplied");
        web.awaitState(VirtualMachineState.OFF);
        web.annotate(
                KubeHV.RESTARTED_AT_ANNOTATION, Instant.now().plusSeconds(1).toString());
        web.awaitGuest();

        assertThat(web.read()).contains("kept").doesNotContain("lost");
        assertThat(tree.await("back-before", CheckpointPhase.READY).getStatus().parent())
                .as("the present became a node of the tree")
                .isEqualTo("kept");
    }

    @Test
    void what_can_not_be_kept_is_refused_with_the_reason(Laboratory laboratory) {
        Machine web = started(laboratory);
        Tree tree = new Tree(laboratory, "web");
        web.edit("""
                {"spec": {"checkpointType": "Disabled"}}""");

        tree.ask("refused", "Standard");

        Checkpoint refused = tree.await("refused", CheckpointPhase.FAILED);
        assertThat(refused.getStatus().conditions())
                .anySatisfy(condition -> assertThat(condition.getReason()).isEqualTo("CheckpointsDisabled"));
        assertThat(web.get().getStatus().state()).isEqualTo(VirtualMachineState.RUNNING);
    }
}
