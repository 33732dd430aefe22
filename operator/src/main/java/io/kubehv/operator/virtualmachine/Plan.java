package io.kubehv.operator.virtualmachine;

import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.operator.status.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a pass does.
 *
 * @param state what status.state becomes; null: it stays as it is, because a daemon writes it
 * @param ready what the condition Ready says
 * @param actions what is written besides, in this order, after the status
 * @param again when to look again though nothing may tell; null: only when something tells
 */
public record Plan(
        @Nullable VirtualMachineState state,
        Verdict ready,
        List<Action> actions,
        @Nullable Duration again) {

    public static Plan of(@Nullable VirtualMachineState state, Verdict ready, Action... actions) {
        return new Plan(state, ready, List.of(actions), null);
    }

    public Plan and(List<Action> more) {
        List<Action> all = new ArrayList<>(actions);
        all.addAll(more);
        return new Plan(state, ready, List.copyOf(all), again);
    }

    public Plan lookAgain(Duration after) {
        return new Plan(state, ready, actions, after);
    }

    /** The disk that is to come to the running VM, if there is one: never two in one pass. */
    public Optional<Action.CreateAttachment> attachment() {
        return actions.stream()
                .filter(Action.CreateAttachment.class::isInstance)
                .map(Action.CreateAttachment.class::cast)
                .findFirst();
    }

    /** The start that it asks for, if it asks for one. */
    public Optional<Action.CreatePod> start() {
        return actions.stream()
                .filter(Action.CreatePod.class::isInstance)
                .map(Action.CreatePod.class::cast)
                .findFirst();
    }
}
