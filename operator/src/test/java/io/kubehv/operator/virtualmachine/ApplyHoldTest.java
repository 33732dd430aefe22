package io.kubehv.operator.virtualmachine;

import static io.kubehv.operator.virtualmachine.Fixtures.observed;
import static io.kubehv.operator.virtualmachine.Fixtures.web;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.kubehv.api.v1alpha1.CheckpointApply;
import io.kubehv.api.v1alpha1.CheckpointApplySpec;
import io.kubehv.operator.virtualmachine.dependent.SavedState;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ApplyHoldTest {
    private final CheckpointApply apply = apply("b");

    private static CheckpointApply apply(String uid) {
        CheckpointApply apply = new CheckpointApply();
        apply.setMetadata(new ObjectMetaBuilder().withName("back").withUid(uid).build());
        apply.setSpec(new CheckpointApplySpec("fresh", false));
        return apply;
    }

    private static PersistentVolumeClaim memory(Map<String, String> annotations) {
        return new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withName("web-saved-state")
                .withAnnotations(annotations)
                .endMetadata()
                .build();
    }

    private List<Action> actions(PersistentVolumeClaim memory) {
        return ApplyHold.plan(observed(web(), null, null, memory), apply).actions();
    }

    @Test
    void the_memory_that_a_vm_was_saved_to_is_given_up() {
        PersistentVolumeClaim saved = memory(Map.of());
        assertThat(actions(saved)).containsExactly(new Action.DeleteSavedState(saved));
    }

    @Test
    void the_memory_of_an_earlier_way_back_is_given_up() {
        PersistentVolumeClaim earlier = memory(Map.of(SavedState.APPLIED_ANNOTATION, "a"));
        assertThat(actions(earlier)).containsExactly(new Action.DeleteSavedState(earlier));
    }

    @Test
    void the_memory_that_the_vm_goes_on_from_stays_however_old_the_phase_is_that_is_seen() {
        assertThat(actions(memory(Map.of(SavedState.APPLIED_ANNOTATION, "b")))).isEmpty();
    }
}
