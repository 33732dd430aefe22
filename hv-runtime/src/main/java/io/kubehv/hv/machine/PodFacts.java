package io.kubehv.hv.machine;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the launcher found in the pod, and what the command line depends on besides the definition.
 *
 * @param accelerator what the guest will run with
 * @param directDisks names of the disks whose file system takes O_DIRECT
 * @param searchDomains where the pod's resolver looks for short names; the guest is told the same
 * @param ipv6 the pod has an IPv6 address
 * @param vhostNet the node's kernel moves the packets of taps, by /dev/vhost-net
 * @param bootHosts the addresses of hosts that firmware boots from, by the name that the URL has; only such as it can't look
 *     up itself
 * @param taps the taps that are there, by name: how many bytes their packets may have
 */
public record PodFacts(
        Accelerator accelerator,
        Set<String> directDisks,
        List<String> searchDomains,
        boolean ipv6,
        boolean vhostNet,
        Map<String, Integer> taps,
        Map<String, String> bootHosts) {
    /** Copies the collections. */
    public PodFacts {
        directDisks = Set.copyOf(directDisks);
        searchDomains = List.copyOf(searchDomains);
        taps = Map.copyOf(taps);
        bootHosts = Map.copyOf(bootHosts);
    }

    /** Of a machine that boots from no host. */
    public PodFacts(
            Accelerator accelerator,
            Set<String> directDisks,
            List<String> searchDomains,
            boolean ipv6,
            boolean vhostNet,
            Map<String, Integer> taps) {
        this(accelerator, directDisks, searchDomains, ipv6, vhostNet, taps, Map.of());
    }

    /** Of a pod without taps. */
    public PodFacts(Accelerator accelerator, Set<String> directDisks, List<String> searchDomains, boolean ipv6) {
        this(accelerator, directDisks, searchDomains, ipv6, false, Map.of());
    }
}
