using System.Diagnostics.CodeAnalysis;

namespace Akka.Broker.Protocol.Messages;

/// <summary>Persisted structures and consumer protocols stand behind their own version, an int16.</summary>
public static class VersionedMessage
{
    public static byte[] ToArray(IMessage message, short version)
    {
        using var writer = new MessageWriter();
        writer.WriteInt16(version);
        message.Write(writer, version);
        return writer.ToArray();
    }

    /// <summary>The version that such bytes begin with.</summary>
    public static short PeekVersion(ReadOnlyMemory<byte> bytes) => new MessageReader(bytes).ReadInt16();

    /// <summary>Reads version and message. Bytes behind the message are allowed: a newer writer may have appended fields.</summary>
    /// <exception cref="MalformedMessageException">The bytes are not such a message, or of a version outside <typeparamref name="T"/>'s.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> bytes) where T : IData, new()
    {
        var reader = new MessageReader(bytes);
        var version = reader.ReadInt16();
        if (version < T.LowestVersion || version > T.HighestVersion)
            ThrowVersion(typeof(T).Name, version, T.LowestVersion, T.HighestVersion);
        var message = new T();
        message.Read(ref reader, version);
        return message;
    }

    [DoesNotReturn]
    private static void ThrowVersion(string name, short version, short lowest, short highest) =>
        throw new MalformedMessageException($"{name} has version {version}; {lowest} to {highest} are known.");
}
