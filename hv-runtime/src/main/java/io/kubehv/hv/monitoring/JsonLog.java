package io.kubehv.hv.monitoring;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
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

    /**
     * Makes it the format of all that the process logs on standard error.
     *
     * @param ours what our own loggers say
     * @param noise loggers of others that warn of what is as it should be
     */
    public static void install(String node, Level ours, String... noise) {
        Logger root = Logger.getLogger("");
        for (Handler handler : root.getHandlers()) {
            handler.setFormatter(new JsonLog(node));
            handler.setLevel(Level.ALL);
        }
        root.setLevel(Level.WARNING);
        OURS.setLevel(ours);
        for (String name : noise) {
            Logger logger = Logger.getLogger(name);
            logger.setLevel(Level.SEVERE);
            QUIET.add(logger);
        }
    }

    /** Held, as the JDK forgets the level of a logger that nobody holds. */
    private static final Logger OURS = Logger.getLogger("io.kubehv");

    private static final List<Logger> QUIET = new CopyOnWriteArrayList<>();

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
