package io.kubehv.hv.hotplug;

import java.util.List;

/**
 * What the default switch tells an adapter that comes to a running machine; the same as it tells those from the start.
 *
 * @param hostName the guest's name
 * @param searchDomains where the pod's resolver looks for short names
 * @param ipv6 the pod has an IPv6 address
 */
public record GuestNetwork(String hostName, List<String> searchDomains, boolean ipv6) {
    /** Copies the list. */
    public GuestNetwork {
        searchDomains = List.copyOf(searchDomains);
    }
}
