package io.kubehv.cni.switching;

import io.kubehv.cni.linux.BpfMap;
import io.kubehv.cni.linux.LinuxException;
import io.kubehv.cni.switching.ShortcutTarget.Place;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Where the frames of one switch go by shortcuts: a table in the kernel, and what is in it. */
final class ShortcutTargets implements AutoCloseable {
    /** Of what does not fit, frames go by the bridge. */
    private static final int MOST = 4096;

    private final BpfMap map;
    private final Map<Place, ShortcutTarget> ports = new HashMap<>();
    private final Map<Place, ShortcutTarget> tunnels = new HashMap<>();

    private ShortcutTargets(BpfMap map) {
        this.map = map;
    }

    static ShortcutTargets make() throws LinuxException {
        return new ShortcutTargets(BpfMap.hash("kubehv_targets", Place.BYTES, ShortcutTarget.BYTES, MOST));
    }

    /** The table, for programs. */
    BpfMap map() {
        return map;
    }

    /** Frames for the place go to the port, in place of one that had it before, or of a tunnel. */
    synchronized void put(Place place, ShortcutTarget port) throws IOException {
        ports.put(place, port);
        map.put(place.key(), port.value());
    }

    /** Frames for the place go to the link no more, if they did. */
    synchronized void remove(Place place, int link) throws IOException {
        ShortcutTarget port = ports.get(place);
        if (port != null && port.link() == link) {
            map.remove(place.key());
            ports.remove(place);
            ShortcutTarget tunnel = tunnels.get(place);
            if (tunnel != null) {
                map.put(place.key(), tunnel.value());
            }
        }
    }

    /** Frames for these places, and for no others, go to the tunnel, unless a port has them. */
    synchronized void tunnel(Set<Place> places, ShortcutTarget tunnel) throws IOException {
        for (Place gone : Set.copyOf(tunnels.keySet())) {
            if (!places.contains(gone)) {
                if (!ports.containsKey(gone)) {
                    map.remove(gone.key());
                }
                tunnels.remove(gone);
            }
        }
        for (Place place : places) {
            if (!tunnel.equals(tunnels.get(place))) {
                if (!ports.containsKey(place)) {
                    map.put(place.key(), tunnel.value());
                }
                tunnels.put(place, tunnel);
            }
        }
    }

    @Override
    public void close() throws LinuxException {
        map.close();
    }
}
