package io.kubehv.launcher;

import io.kubehv.hv.definition.VirtualMachineDefinition;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The addresses of the hosts that UEFI boots from. It has a resolver of its own, which takes only answers whose names are
 * compressed (EDK II, NetworkPkg/DnsDxe); CoreDNS compresses no answer that is short enough without.
 */
final class BootHosts {
    private static final Logger LOG = System.getLogger(BootHosts.class.getName());
    private static final Duration DEADLINE = Duration.ofSeconds(10);

    private BootHosts() {}

    /** By the name that the URL has; a host that is not known by now is left out. */
    static Map<String, String> addresses(VirtualMachineDefinition definition) {
        Map<String, String> addresses = new HashMap<>();
        if (definition.generation() == 2) {
            definition.networkAdapters().stream()
                    .flatMap(adapter -> adapter.bootHost().stream())
                    .distinct()
                    .forEach(host -> address(host).ifPresent(address -> addresses.put(host, address)));
        }
        return addresses;
    }

    private static Optional<String> address(String host) {
        return CompletableFuture.supplyAsync(() -> lookUp(host))
                .completeOnTimeout(Optional.empty(), DEADLINE.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    private static Optional<String> lookUp(String host) {
        try {
            return Stream.of(InetAddress.getAllByName(host))
                    .filter(Inet4Address.class::isInstance)
                    .map(InetAddress::getHostAddress)
                    .findFirst();
        } catch (UnknownHostException e) {
            LOG.log(Level.WARNING, "networkBoot: no host " + host + " is known", e);
            return Optional.empty();
        }
    }
}
