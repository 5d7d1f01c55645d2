import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * What the JDK's HTTP client, which offers HTTP/2 with its first request, and its WebSocket client
 * hear of a server, both with default settings: a line for each answer and message. Arguments are
 * "streams" or "hierachain", and the origin.
 */
public class JdkClient {
  static final HttpClient CLIENT = HttpClient.newHttpClient();
  static final BlockingQueue<String> HEARD = new LinkedBlockingQueue<>();

  public static void main(String[] args) throws Exception {
    String origin = args[1];
    if (args[0].equals("streams")) streams(origin);
    else hierachain(origin);
  }

  static void streams(String origin) throws Exception {
    String url = origin + "/v1/stream/jdk/" + URI.create(origin).getPort();
    ask("PUT", url, BodyPublishers.noBody());
    ask("POST", url, BodyPublishers.ofString("{\"n\":1}"));
    // A new client makes its offer with this one, body and all.
    ask(HttpClient.newHttpClient(), "POST", url, BodyPublishers.ofString("{\"n\":2}"));
    ask("GET", url + "?offset=-1", BodyPublishers.noBody());
    WebSocket socket = open(url.replace("http", "ws") + "?offset=-1");
    heard("\"n\":2");
    socket.sendText("{\"type\":\"append\",\"ref\":1}\n{\"n\":3}", true).join();
    heard("\"appended\"");
    end(socket);
    ask("DELETE", url, BodyPublishers.noBody());
    ask("GET", url, BodyPublishers.noBody());
  }

  static void hierachain(String origin) throws Exception {
    ask("POST", origin + "/api/ledger/chains/jdk/create", BodyPublishers.noBody());
    WebSocket socket = open(origin.replace("http", "ws") + "/ws");
    socket.sendText("{\"action\":\"subscribe\",\"chain_name\":\"jdk\"}", true).join();
    socket.sendText("{\"action\":\"ping\"}", true).join();
    heard("\"pong\"");
    ask("POST", origin + "/api/ledger/chains/jdk/events",
        BodyPublishers.ofString("{\"entity_id\":\"E\",\"event_type\":\"t\"}"));
    heard("\"new_event\"");
    end(socket);
  }

  static void ask(String method, String url, BodyPublisher body) throws Exception {
    ask(CLIENT, method, url, body);
  }

  static void ask(HttpClient client, String method, String url, BodyPublisher body)
      throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create(url)).method(method, body)
        .header("content-type", "application/json").build();
    HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
    System.out.println(method + " " + answer.statusCode()
        + (method.equals("GET") && answer.statusCode() == 200 ? " " + answer.body() : ""));
  }

  static WebSocket open(String url) {
    return CLIENT.newWebSocketBuilder().buildAsync(URI.create(url), new WebSocket.Listener() {
      private final StringBuilder text = new StringBuilder();

      @Override
      public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean isLast) {
        text.append(data);
        if (isLast) {
          HEARD.add(text.toString());
          text.setLength(0);
        }
        socket.request(1);
        return null;
      }

      @Override
      public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
        HEARD.add("closed " + code);
        return null;
      }

      @Override
      public void onError(WebSocket socket, Throwable error) {
        HEARD.add("error " + error);
      }
    }).join();
  }

  /** Waits for a message with a text in it. */
  static void heard(String part) throws Exception {
    for (;;) {
      String message = HEARD.poll(60, TimeUnit.SECONDS);
      if (message == null) throw new IllegalStateException("not heard: " + part);
      if (!message.contains(part)) continue;
      System.out.println("heard " + part);
      return;
    }
  }

  static void end(WebSocket socket) throws Exception {
    socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
    heard("closed 1000");
  }
}
