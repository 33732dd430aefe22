package io.kubehv.operator.virtualmachine;

import io.kubehv.operator.status.Verdict;
import org.jspecify.annotations.Nullable;

/**
 * What a start needs beside the disks: Secrets and ConfigMaps that the spec names, and the TPM's key protector.
 *
 * @param problem what is missing; null: nothing
 * @param keyToMake the VM's TPM has no key yet, and none is named: it is made
 */
public record Prerequisites(@Nullable Verdict problem, boolean keyToMake) {
    /** All there. */
    public static final Prerequisites MET = new Prerequisites(null, false);
}
