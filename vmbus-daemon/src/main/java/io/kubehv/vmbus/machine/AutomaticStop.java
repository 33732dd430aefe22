package io.kubehv.vmbus.machine;

import io.kubehv.api.v1alpha1.AutomaticStopAction;
import io.kubehv.api.v1alpha1.PowerState;
import java.util.Optional;

/**
 * What becomes of a machine whose pod somebody else takes away: by its node's shutdown, a drain or an eviction. For one
 * thread.
 */
final class AutomaticStop {
    private boolean podEnds;
    private boolean sameDisks = true;

    void podEnds() {
        podEnds = true;
    }

    boolean isPodEnding() {
        return podEnds;
    }

    void disksAreAsAtStart(boolean same) {
        sameDisks = same;
    }

    /** Whether its memory is to be saved, and can be. */
    boolean saves(Wish wish, PodFacts pod, long processors) {
        return wish.stopActionFor(pod) == AutomaticStopAction.SAVE
                && wish.powerState() != PowerState.SAVED
                && whyNotSaved(wish, pod, processors).isEmpty();
    }

    boolean turnsOff(Wish wish, PodFacts pod) {
        return wish.stopActionFor(pod) == AutomaticStopAction.TURN_OFF;
    }

    /** Why a machine that is to be saved can't be; empty also where it is not to be. */
    Optional<String> whyNotSaved(Wish wish, PodFacts pod, long processors) {
        if (wish.stopActionFor(pod) != AutomaticStopAction.SAVE) {
            return Optional.empty();
        }
        if (!pod.keepsPlace()) {
            return Optional.of("It was started without the volume for it, or may have guests of its own.");
        }
        if (!sameDisks) {
            return Optional.of("Disks or DVD media came or left since it was started.");
        }
        return processors > pod.processors()
                ? Optional.of("Processors were added since it was started.")
                : Optional.empty();
    }
}
