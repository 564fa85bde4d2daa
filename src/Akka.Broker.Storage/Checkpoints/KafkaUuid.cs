using System.Diagnostics.CodeAnalysis;

namespace Akka.Broker.Storage.Checkpoints;

/// <summary>Ids as Kafka writes them in text: 16 bytes, big-endian, in base64 of the URL alphabet without padding.</summary>
public static class KafkaUuid
{
    public static string Format(Guid id) =>
        Convert.ToBase64String(id.ToByteArray(bigEndian: true)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    public static bool TryParse([NotNullWhen(true)] string? text, out Guid id)
    {
        id = default;
        Span<byte> bytes = stackalloc byte[18];
        if (text is not { Length: 22 } || !Convert.TryFromBase64String(text.Replace('-', '+').Replace('_', '/') + "==", bytes, out var written) || written != 16)
            return false;
        id = new Guid(bytes[..16], bigEndian: true);
        return true;
    }
}
