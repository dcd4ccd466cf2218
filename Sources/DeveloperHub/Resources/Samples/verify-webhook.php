<?php
// Verifies a webhook. Usage: php verify-webhook.php < body
// SIGNATURE is the value of the X-Webhook-Signature header, WEBHOOK_SECRET your webhook secret (whsec_…).
declare(strict_types=1);

function isAuthentic(string $body, string $signature, string $secret): bool
{
    $expected = hash_hmac('sha256', $body, $secret);
    return hash_equals($expected, $signature);
}

$signature = getenv('SIGNATURE');
$secret = getenv('WEBHOOK_SECRET');
if ($signature === false || $signature === '' || $secret === false || $secret === '') {
    fwrite(STDERR, "Set SIGNATURE and WEBHOOK_SECRET.\n");
    exit(2);
}
$body = stream_get_contents(STDIN); // The raw bytes, not yet parsed.
if ($body !== false && isAuthentic($body, $signature, $secret)) {
    echo "authentic\n";
} else {
    echo "not authentic\n";
    exit(1);
}
