package io.kubehv.hv.hotplug;

import java.util.Optional;

/**
 * Where a file that QEMU was handed comes from. QEMU keeps it beside the file, so that a daemon that has just begun knows
 * as much as the one that handed it over.
 *
 * @param node the block node that the file is for
 * @param podUid the pod that mounts the claim
 * @param podName its name
 * @param claim the claim's name
 */
public record Origin(String node, String podUid, String podName, String claim) {
    /** No part can have one: they are names of Kubernetes'. */
    private static final String SEPARATOR = " ";

    private static final int PARTS = 4;

    String label() {
        return String.join(SEPARATOR, node, podUid, podName, claim);
    }

    static Optional<Origin> ofLabel(String label) {
        String[] parts = label.split(SEPARATOR, -1);
        return parts.length == PARTS
                ? Optional.of(new Origin(parts[0], parts[1], parts[2], parts[3]))
                : Optional.empty();
    }
}
