package io.kubehv.operator.status;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.kubehv.api.v1alpha1.ConditionTypes;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The conditions of one object: what they were, and what they become. */
public final class Conditions {
    private static final int LONGEST_MESSAGE = 1024;
    private static final Pattern NO_REASON = Pattern.compile("[^A-Za-z0-9_,:]");

    private final List<Condition> before;

    public Conditions(@Nullable List<Condition> before) {
        this.before = before == null ? List.of() : before;
    }

    public Optional<Condition> get(String type) {
        return before.stream()
                .filter(condition -> condition.getType().equals(type))
                .findFirst();
    }

    /** The reason that a condition has now, or "" without one. */
    public String reason(String type) {
        return get(type).map(Condition::getReason).orElse("");
    }

    public boolean holds(String type) {
        return get(type).filter(Conditions::holds).isPresent();
    }

    /** What a condition says now. */
    public Optional<Verdict> verdict(String type) {
        return get(type).map(found -> new Verdict(holds(found), found.getReason(), found.getMessage()));
    }

    private static boolean holds(Condition condition) {
        return "True".equals(condition.getStatus());
    }

    /** The condition as it becomes; its transition time moves only when its value does. */
    public Condition next(String type, Verdict verdict, @Nullable Long generation, Instant now) {
        String value = verdict.holds() ? "True" : "False";
        String since = get(type)
                .filter(old -> value.equals(old.getStatus()))
                .map(Condition::getLastTransitionTime)
                .orElseGet(() -> now.truncatedTo(ChronoUnit.SECONDS).toString());
        return new ConditionBuilder()
                .withType(type)
                .withStatus(value)
                .withReason(NO_REASON.matcher(verdict.reason()).replaceAll(""))
                .withMessage(shorten(verdict.message()))
                .withObservedGeneration(generation)
                .withLastTransitionTime(since)
                .build();
    }

    /** Ready as it becomes, and Stalled where nothing gets further by itself: all that most kinds have. */
    public List<Condition> ready(Verdict verdict, @Nullable Long generation, Instant now) {
        List<Condition> conditions = new ArrayList<>();
        conditions.add(next(ConditionTypes.READY, verdict, generation, now));
        verdict.stalled().ifPresent(stalled -> conditions.add(next(ConditionTypes.STALLED, stalled, generation, now)));
        return conditions;
    }

    private static String shorten(String message) {
        return message.length() <= LONGEST_MESSAGE ? message : message.substring(0, LONGEST_MESSAGE - 1) + "…";
    }
}
