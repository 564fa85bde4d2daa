using Akka.Actor;

namespace Akka.Runtime.Tests.Actor;

public sealed class ActorPathSpec
{
    [Theory]
    [InlineData("akka://sys", "akka", "sys", null, null)]
    [InlineData("akka.tcp://sys@host:4053", "akka.tcp", "sys", "host", 4053)]
    [InlineData("akka.tcp://sys@[::1]:4053", "akka.tcp", "sys", "[::1]", 4053)]
    public void An_address_is_read_and_printed(string text, string protocol, string system, string? host, int? port)
    {
        var address = Address.Parse(text);
        Assert.Equal((protocol, system, host, port), (address.Protocol, address.System, address.Host, address.Port));
        Assert.Equal(text, address.ToString());
        Assert.Equal(address, Address.Parse(text));
        Assert.Equal(host is null, address.HasLocalScope);
    }

    [Theory]
    [InlineData("sys@host:1")]
    [InlineData("akka.tcp://sys@host")]
    [InlineData("akka.tcp://sys@host:port")]
    [InlineData("akka://")]
    public void What_is_no_address_is_refused(string text)
    {
        Assert.ThrowsAny<Exception>(() => Address.Parse(text));
    }

    [Fact]
    public void A_path_is_read_and_printed()
    {
        var path = ActorPath.Parse("akka.tcp://sys@host:4053/user/a/b#77");
        Assert.Equal(77, path.Uid);
        Assert.Equal("b", path.Name);
        Assert.Equal(["user", "a", "b"], path.Elements);
        Assert.Equal("/user/a/b", path.ToStringWithoutAddress());
        Assert.Equal("akka.tcp://sys@host:4053/user/a/b", path.ToString());
        Assert.Equal("akka.tcp://sys@host:4053/user/a/b#77", path.ToSerializationFormat());
        Assert.Equal("a", path.Parent.Name);
        Assert.Equal(path.Root, path.Root.Parent);
    }

    [Fact]
    public void The_uid_takes_no_part_in_equality()
    {
        var root = new RootActorPath(new Address("akka", "sys"));
        var path = root / "user" / "a";
        Assert.Equal(path, path.WithUid(5));
        Assert.Equal(path.GetHashCode(), path.WithUid(5).GetHashCode());
        Assert.NotEqual(path, root / "user" / "b");
        Assert.Equal(path, root / new[] { "user", "a" });
        Assert.Equal("akka://sys/", root.ToString());
    }

    [Fact]
    public void A_host_stands_in_where_the_path_has_none()
    {
        var path = new RootActorPath(new Address("akka", "sys")) / "user" / "a";
        Assert.Equal("akka.tcp://sys@host:1/user/a", path.ToStringWithAddress(new Address("akka.tcp", "sys", "host", 1)));
    }
}
