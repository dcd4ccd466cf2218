<?php
// Receives webhooks of the United Pharmacy Partner API. Requires only PHP.
declare(strict_types=1);

const TOLERANCE = 300; // seconds

// Whether the server signed the message within the last five minutes (Standard Webhooks).
function isAuthentic(string $secret, string $body): bool
{
    $id = $_SERVER['HTTP_WEBHOOK_ID'] ?? '';
    $timestamp = $_SERVER['HTTP_WEBHOOK_TIMESTAMP'] ?? '';
    if ($id === '' || preg_match('/^[0-9]{1,15}$/D', $timestamp) !== 1) {
        return false;
    }
    if (abs(time() - (int) $timestamp) > TOLERANCE) {
        return false;
    }
    $key = base64_decode(preg_replace('/^whsec_/', '', $secret), true);
    if ($key === false) {
        return false;
    }
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
    // During a rotation of the secret there are two signatures.
    $isValid = false;
    foreach (explode(' ', $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '') as $given) {
        $isValid = hash_equals($expected, $given) || $isValid;
    }
    return $isValid;
}

// The guide's simpler check. It does not detect that an old message is sent again.
function hasPlainSignature(string $secret, string $body): bool
{
    return hash_equals(hash_hmac('sha256', $body, $secret), $_SERVER['HTTP_X_WEBHOOK_SIGNATURE'] ?? '');
}

// PHP shares no memory between requests, so files record the processed ids. Use a database in your application.
function isNew(string $id): bool
{
    $directory = sys_get_temp_dir() . '/webhooks-' . hash('sha256', (string) getenv('WEBHOOK_SECRET'));
    if (!is_dir($directory)) {
        @mkdir($directory, 0700);
    }
    $file = @fopen($directory . '/' . hash('sha256', $id), 'x');
    return $file !== false && fclose($file);
}

$secret = getenv('WEBHOOK_SECRET');
$body = file_get_contents('php://input');
if ($secret === false || $body === false || !isAuthentic($secret, $body)) {
    http_response_code(400);
    return;
}
if (isNew($_SERVER['HTTP_WEBHOOK_ID'])) {
    $event = json_decode($body, true, 16, JSON_THROW_ON_ERROR);
    file_put_contents('php://stdout', $event['event'] . ' ' . $event['order']['uuid'] . "\n");
}
http_response_code(204);
