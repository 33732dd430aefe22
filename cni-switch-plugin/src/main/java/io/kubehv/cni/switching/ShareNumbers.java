package io.kubehv.cni.switching;

import io.kubehv.cni.netlink.ShareQueue;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The numbers of the classes that ports with a share have, made up as they come. A daemon that starts anew makes up others:
 * rules and classes are made from the same ones.
 */
final class ShareNumbers {
    private final Map<String, Integer> byLink = new HashMap<>();
    private final Set<Integer> taken = new HashSet<>();
    private int next = ShareQueue.FIRST;

    /** That of the port; {@code link} is the node's end of it. */
    synchronized int of(String link) {
        return byLink.computeIfAbsent(link, _ -> {
            while (!taken.add(next)) {
                next = following(next);
            }
            int number = next;
            next = following(next);
            return number;
        });
    }

    private static int following(int number) {
        return number == 0xFFFF ? ShareQueue.FIRST : number + 1;
    }

    /** Lets another port have it. */
    synchronized void release(String link) {
        Integer number = byLink.remove(link);
        if (number != null) {
            taken.remove(number);
        }
    }
}
