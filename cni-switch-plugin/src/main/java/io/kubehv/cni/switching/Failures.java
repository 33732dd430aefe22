package io.kubehv.cni.switching;

import io.kubehv.cni.fault.SwitchException;
import java.util.HashMap;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;

/** What went wrong in many steps, each of which is tried whatever became of the others. */
final class Failures {
    private static final Logger LOG = Logger.getLogger(Failures.class.getName());

    private final Map<String, SwitchException> bySwitch = new HashMap<>();

    @FunctionalInterface
    interface Step {
        void run() throws SwitchException;
    }

    /** Tries a step for all switches. */
    void attempt(Step step) {
        attempt("", step);
    }

    /** Tries a step for one switch; of several failures, the first is kept. */
    void attempt(String switchName, Step step) {
        try {
            step.run();
        } catch (SwitchException e) {
            LOG.log(Level.WARNING, e, () -> switchName.isEmpty() ? "ports" : "switch " + switchName);
            bySwitch.putIfAbsent(switchName, e);
        }
    }

    /** The failures by the switches' names; those of steps for all switches by an empty one. */
    Map<String, SwitchException> bySwitch() {
        return bySwitch;
    }
}
