<?php
// Lists the pharmacies. Repeats the request after 429 and 5xx, with exponential backoff and jitter.
declare(strict_types=1);

const ATTEMPTS = 5;

/** @return array{int, string, int} the status, the body and the seconds of Retry-After */
function request(string $url, string $token): array
{
    // With ignore_errors, PHP returns the bodies of errors, too.
    $context = stream_context_create(['http' => [
        'header' => "Authorization: Bearer $token", 'ignore_errors' => true, 'follow_location' => 0, 'timeout' => 60,
    ]]);
    $stream = fopen($url, 'r', false, $context);
    if ($stream === false) {
        throw new RuntimeException("No response from $url");
    }
    $headers = stream_get_meta_data($stream)['wrapper_data'];
    $body = (string) stream_get_contents($stream);
    fclose($stream);
    $status = 0;
    $retryAfter = 0;
    foreach ($headers as $header) {
        if (preg_match('/^HTTP\/\S+ ([0-9]{3})/', $header, $match) === 1) {
            $status = (int) $match[1];
        } elseif (preg_match('/^Retry-After: *([0-9]+)\s*$/i', $header, $match) === 1) {
            $retryAfter = (int) $match[1];
        }
    }
    return [$status, $body, $retryAfter];
}

/** @return array{int, string} the status and the body */
function get(string $url, string $token): array
{
    for ($attempt = 1; ; $attempt++) {
        [$status, $body, $retryAfter] = request($url, $token);
        $isRetryable = $status === 429 || $status >= 500;
        if (!$isRetryable || $attempt === ATTEMPTS) {
            return [$status, $body];
        }
        // Wait for 1, 2, 4, 8 seconds, or for Retry-After if that is longer, and up to as long again at random.
        $backoff = 2 ** ($attempt - 1);
        $delay = max($retryAfter, $backoff) + $backoff * random_int(0, 1_000_000) / 1_000_000;
        fwrite(STDERR, sprintf("Status %d, next attempt in %.3f s.\n", $status, $delay));
        usleep((int) ($delay * 1_000_000));
    }
}

$base = getenv('BASE') ?: 'http://localhost:8082/pharmacy/sandbox/api/v1';
$token = getenv('ACCESS_TOKEN');
if ($token === false || $token === '') {
    fwrite(STDERR, "Set ACCESS_TOKEN to your access token.\n");
    exit(2);
}
[$status, $body] = get("$base/pharmacies", $token);
if ($status < 200 || $status > 299) {
    fwrite(STDERR, "Status $status: $body\n");
    exit(1);
}
echo $body, "\n";
