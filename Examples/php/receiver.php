<?php
// Receives webhooks of the United Pharmacy Partner API. PHP alone, no packages.
declare(strict_types=1);

const TOLERANCE = 300; // seconds

// Whether a message is from the pharmacy and fresh (Standard Webhooks).
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
    // While the secret is rotated there are two signatures.
    $isGood = false;
    foreach (explode(' ', $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '') as $given) {
        $isGood = hash_equals($expected, $given) || $isGood;
    }
    return $isGood;
}

// The simpler check of the guide: it knows nothing of the message's age.
function hasPlainSignature(string $secret, string $body): bool
{
    return hash_equals(hash_hmac('sha256', $body, $secret), $_SERVER['HTTP_X_WEBHOOK_SIGNATURE'] ?? '');
}

// Each request starts anew, so what was seen is remembered in files; yours belongs into a database.
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
