package io.kubehv.cni.switching;

import io.kubehv.cni.fault.SwitchException;

/** Runs programs of the node's image; a test gives one that runs them in a namespace of its own. */
@FunctionalInterface
public interface Program {
    /**
     * What the program prints.
     *
     * @param input what it reads
     * @throws SwitchException.SystemFailure when it can't be run, does not end or does not succeed
     */
    String run(String input, String... command) throws SwitchException;
}
