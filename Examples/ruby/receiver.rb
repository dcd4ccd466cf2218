# frozen_string_literal: true

# Receives webhooks of the United Pharmacy Partner API. Requires only the standard library.
require "json"
require "openssl"
require "socket"

SECRET = ENV.fetch("WEBHOOK_SECRET")
TOLERANCE = 300 # seconds
BODY_LIMIT = 1 << 20
$stdout.sync = true

def equal?(left, right)
  left.bytesize == right.bytesize && OpenSSL.fixed_length_secure_compare(left, right)
end

# Whether the server signed the message within the last five minutes (Standard Webhooks).
def authentic?(headers, body)
  id = headers.fetch("webhook-id", "")
  timestamp = headers.fetch("webhook-timestamp", "")
  return false if id.empty? || !timestamp.match?(/\A[0-9]{1,15}\z/)
  return false if (Time.now.to_i - timestamp.to_i).abs > TOLERANCE

  key = SECRET.delete_prefix("whsec_").unpack1("m")
  expected = "v1,#{[OpenSSL::HMAC.digest("SHA256", key, "#{id}.#{timestamp}.".b + body)].pack("m0")}"
  # During a rotation of the secret there are two signatures.
  headers.fetch("webhook-signature", "").split(" ").count { |given| equal?(given, expected) }.positive?
end

# The guide's simpler check. It does not detect that an old message is sent again.
def plain_signature?(headers, body)
  equal?(headers.fetch("x-webhook-signature", ""), OpenSSL::HMAC.hexdigest("SHA256", SECRET, body))
end

SEEN = {}
LOCK = Mutex.new

def status(headers, body)
  return 400 unless body && authentic?(headers, body)

  is_new = LOCK.synchronize { SEEN[headers["webhook-id"]] ? false : SEEN[headers["webhook-id"]] = true }
  if is_new
    event = JSON.parse(body)
    puts "#{event["event"]} #{event["order"]["uuid"]}"
  end
  204
end

# Ruby's standard library has no HTTP server. In an application, the framework reads the request.
def serve(client)
  return unless client.gets

  headers = {}
  while (line = client.gets) && line != "\r\n"
    name, value = line.chomp.split(":", 2)
    headers[name.downcase] = value.to_s.strip
  end
  length = headers["content-length"].to_i
  body = length.between?(0, BODY_LIMIT) ? client.read(length) : nil
  client.write("HTTP/1.1 #{status(headers, body)} Done\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
ensure
  client.close
end

server = TCPServer.new("127.0.0.1", ENV.fetch("PORT", "8000").to_i)
puts "Listening on http://127.0.0.1:#{server.addr[1]}"
loop { Thread.new(server.accept) { |client| serve(client) } }
