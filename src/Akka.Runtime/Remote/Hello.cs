using Akka.Actor;
using Akka.Serialization;

namespace Akka.Remote;

/// <summary>
/// The initiator's first frame. <see cref="Attempt"/> counts its attempts at this peer; <see cref="Known"/> is the receiver's own attempt
/// that the initiator accepted last, which tells a peer that has lost a connection from one that has not seen it yet.
/// </summary>
internal sealed record Hello(Address From, int Uid, Address To, ulong Attempt, ulong Known)
{
    public const byte Version = 1;

    private const int Magic = 0x414b5231;

    public static void WriteStart(WireWriter writer)
    {
        writer.Int32(Magic);
        writer.Byte(Version);
    }

    /// <summary>Null if the peer speaks this version, else what is wrong.</summary>
    public static string? CheckStart(ref WireReader reader)
    {
        if (reader.Remaining < 5 || reader.Int32() != Magic)
            return "the peer does not speak the remoting protocol of this runtime; all nodes of a cluster need the same source of Akka.NET";
        var version = reader.Byte();
        return version == Version ? null : $"the peer speaks version {version} of the remoting protocol, this system version {Version}";
    }

    public static Hello Read(ref WireReader reader) =>
        new(Address.Parse(reader.String()), reader.Int32(), Address.Parse(reader.String()), reader.VarUInt(), reader.VarUInt());

    public void Write(WireWriter writer)
    {
        WriteStart(writer);
        writer.String(From.ToString());
        writer.Int32(Uid);
        writer.String(To.ToString());
        writer.VarUInt(Attempt);
        writer.VarUInt(Known);
    }
}
