using Akka.Actor;
using Akka.Remote;
using Akka.Serialization;

namespace Akka.Runtime.Tests.Remote;

/// <summary>
/// The bytes that nodes of different builds exchange. Change what one of these tests says only with <see cref="Hello.Version"/>.
/// </summary>
public sealed class WireFormatSpec : RemoteTestContext
{
    private static readonly Address Here = new("akka.tcp", "s", "h", 1);
    private static readonly Address There = new("akka.tcp", "s", "h", 2);

    [Fact]
    public void Hello_is_as_it_was()
    {
        var writer = new WireWriter();
        new Hello(Here, 258, There, 3, 300).Write(writer);
        Assert.Equal(
            "31524B41" + "01" + "11" + Hex("akka.tcp://s@h:1") + "02010000" + "11" + Hex("akka.tcp://s@h:2") + "03" + "AC02",
            Convert.ToHexString(writer.Written));
        var reader = new WireReader(writer.Written);
        Assert.Null(Hello.CheckStart(ref reader));
        Assert.Equal(new Hello(Here, 258, There, 3, 300), Hello.Read(ref reader));
    }

    [Fact]
    public void Control_frames_are_as_they_were()
    {
        var writer = new WireWriter();
        FrameEncoder.WriteAck(300, writer);
        FrameEncoder.WriteHeartbeat(writer);
        FrameEncoder.WriteParting(FrameKind.Goodbye, PartingReason.Quarantined, "no", writer);
        Assert.Equal("03000000" + "06" + "AC02" + "01000000" + "07" + "05000000" + "08" + "02" + "03" + Hex("no"), Convert.ToHexString(writer.Written));
    }

    [Fact]
    public void Message_frames_are_as_they_were_and_name_things_once()
    {
        var system = (ActorSystemImpl)NewSystem("s");
        var association = system.Remote!.Remoting.AssociationWith(There);
        var to = new RemoteActorRef(association, new RootActorPath(There) / "user" / "a");
        var encoder = new FrameEncoder(association);
        var writer = new WireWriter();
        Assert.True(encoder.TryWrite(new Outbound("hi", null, to), writer));
        Assert.True(encoder.TryWrite(new Outbound("hi", to, to, 5), writer));
        Assert.Equal(
            "12000000" + "04" + "0208" + Hex("/user/a") + "00" + "22" + "0102" + Hex("S") + "03" + Hex("hi") +
            "21000000" + "05" + "05" + "04" + "0218" + Hex("akka.tcp://s@h:2/user/a") + "22" + "02" + "03" + Hex("hi"),
            Convert.ToHexString(writer.Written));
    }

    [Theory]
    [InlineData("text", "0574657874")]
    [InlineData(258, "02010000")]
    [InlineData(258L, "0201000000000000")]
    public void Payloads_are_as_they_were(object message, string hex) =>
        Assert.Equal(hex, Convert.ToHexString(NewSystem().Serialization.Serialize(message)));

    [Fact]
    public void Messages_of_the_runtime_are_as_they_were()
    {
        var serialization = NewSystem().Serialization;
        Assert.Equal("22" + "0253" + "03000000" + "036964", Convert.ToHexString(serialization.Serialize(new Identify("id"))));
        Assert.Equal("00" + "00" + "01" + "00000000", Convert.ToHexString(serialization.Serialize(new ActorIdentity(null!, null))));
        Assert.Equal("", Convert.ToHexString(serialization.Serialize(PoisonPill.Instance)));
        Assert.Equal("01020000", Convert.ToHexString(serialization.Serialize(new RemoteWatcher.HeartbeatRsp(513))));
        Assert.Equal(
            "00" + "02" + "01" + "0261" + "00" + "22" + "0253" + "02000000" + "026D",
            Convert.ToHexString(serialization.Serialize(new ActorSelectionMessage("m", [new SelectChildName("a"), SelectParent.Instance]))));
    }

    [Theory]
    [InlineData(0ul)]
    [InlineData(127ul)]
    [InlineData(128ul)]
    [InlineData(ulong.MaxValue)]
    public void Numbers_come_back(ulong number)
    {
        var writer = new WireWriter();
        writer.VarUInt(number);
        writer.VarInt((long)number);
        writer.VarInt(-1);
        var reader = new WireReader(writer.Written);
        Assert.Equal(number, reader.VarUInt());
        Assert.Equal((long)number, reader.VarInt());
        Assert.Equal(-1, reader.VarInt());
        Assert.Equal(0, reader.Remaining);
    }

    private static string Hex(string text) => Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(text));
}
