package io.kubehv.operator.network;

import io.kubehv.operator.OperatorSettings;
import jakarta.enterprise.context.ApplicationScoped;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;

/** The cluster's dynamic MAC addresses. Hyper-V's prefix, Microsoft's; one pool for all nodes, so no two of them collide. */
@ApplicationScoped
public class MacPool {
    private static final String PREFIX = "00:15:5d";
    private static final int LARGEST = 1 << 24;

    private final SecureRandom random = new SecureRandom();
    private final HandedOut handedOut;
    private final int size;

    /**
     * The pool of the settings' size.
     *
     * @throws IllegalArgumentException if the size is not from 1 to 16777216
     */
    public MacPool(HandedOut handedOut, OperatorSettings settings) {
        this.handedOut = handedOut;
        this.size = settings.macPoolSize();
        if (size < 1 || size > LARGEST) {
            throw new IllegalArgumentException(
                    "KUBEHV_MAC_POOL_SIZE is " + size + ", but the pool has 1 to " + LARGEST + " addresses; change it");
        }
    }

    public int size() {
        return size;
    }

    /** An address that nobody has; empty when all are taken. {@code taken} tells one that some VM has. */
    public Optional<String> next(Predicate<String> taken) {
        int start = random.nextInt(size);
        for (int i = 0; i < size; i++) {
            int own = (start + i) % size;
            String address = "%s:%02x:%02x:%02x".formatted(PREFIX, own >> 16, own >> 8 & 0xff, own & 0xff);
            // Each time another owner: who asks twice gets two.
            if (!taken.test(address)
                    && handedOut.take(address, UUID.randomUUID().toString()).isEmpty()) {
                return Optional.of(address);
            }
        }
        return Optional.empty();
    }
}
