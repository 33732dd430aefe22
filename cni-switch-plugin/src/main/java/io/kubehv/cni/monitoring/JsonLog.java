package io.kubehv.cni.monitoring;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** One JSON object a line, with the node in each. */
public final class JsonLog extends Formatter {
    private static final JsonFactory JSON = new JsonFactory();

    private final String node;

    public JsonLog(String node) {
        this.node = node;
    }

    /** Makes it the format of all that the process logs on standard error. */
    public static void install(String node, Level ours) {
        Logger root = Logger.getLogger("");
        for (Handler handler : root.getHandlers()) {
            handler.setFormatter(new JsonLog(node));
            handler.setLevel(Level.ALL);
        }
        root.setLevel(Level.WARNING);
        OURS.setLevel(ours);
        NOISE.setLevel(Level.SEVERE);
    }

    /** Held, as the JDK forgets the level of a logger that nobody holds. */
    private static final Logger OURS = Logger.getLogger("io.kubehv");

    /** Warns of versions of an API that are ours. */
    private static final Logger NOISE = Logger.getLogger("io.fabric8.kubernetes.client.dsl.internal.VersionUsageUtils");

    @Override
    public String format(LogRecord entry) {
        StringWriter line = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(line)) {
            json.writeStartObject();
            json.writeStringField("time", entry.getInstant().toString());
            json.writeStringField("level", entry.getLevel().getName());
            json.writeStringField("logger", entry.getLoggerName());
            json.writeStringField("node", node);
            json.writeStringField("message", formatMessage(entry));
            if (entry.getThrown() != null) {
                StringWriter trace = new StringWriter();
                entry.getThrown().printStackTrace(new PrintWriter(trace));
                json.writeStringField("cause", trace.toString());
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("a string could not be written to", e);
        }
        return line.append('\n').toString();
    }
}
