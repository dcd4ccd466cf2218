import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** Sends two requests with one client and default settings: the client offers HTTP/2 with the first request. */
final class TwoRequests {
    public static void main(String[] arguments) throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(System.getenv("URL"))).timeout(Duration.ofSeconds(20)).build();
        for (int number = 0; number < 2; number++) {
            System.out.println(client.send(request, BodyHandlers.ofString()).body());
        }
    }
}
