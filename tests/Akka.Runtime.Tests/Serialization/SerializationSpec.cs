using System.Runtime.Serialization;
using System.Text;
using Akka.Actor;
using Akka.Configuration;
using Akka.Runtime.Tests.Remote;
using Akka.Serialization;

namespace Akka.Runtime.Tests.Serialization;

public sealed class SerializationSpec : RemoteTestContext
{
    private const string Bound = """
        akka.actor {
          serializers {
            animals = "Akka.Runtime.Tests.Serialization.SerializationSpec+AnimalSerializer, Akka.Runtime.Tests"
            typed = "Akka.Runtime.Tests.Serialization.SerializationSpec+TypedSerializer, Akka.Runtime.Tests"
          }
          serialization-bindings {
            "Akka.Runtime.Tests.Serialization.SerializationSpec+IAnimal, Akka.Runtime.Tests" = animals
            "Akka.Runtime.Tests.Serialization.SerializationSpec+Typed, Akka.Runtime.Tests" = typed
          }
          serialization-identifiers { "Akka.Runtime.Tests.Serialization.SerializationSpec+TypedSerializer, Akka.Runtime.Tests" = 101 }
          serialization-settings.typed.suffix = "!"
        }
        """;

    private readonly ActorSystem _system;

    public SerializationSpec() => _system = NewSystem("sys", Bound);

    public static TheoryData<object> Plain => new(
        "text", "", "ünï €𝄞", 0, -1, int.MaxValue, long.MinValue, 5L, new byte[] { 0, 255 },
        new Identify("id"), new Identify(null!), new Identify(7), new ActorIdentity("id", null), PoisonPill.Instance, Kill.Instance);

    [Theory]
    [MemberData(nameof(Plain))]
    public void What_the_runtime_knows_comes_back_equal(object message) => Assert.Equal(message, RoundTrip(message));

    [Fact]
    public void Status_comes_back_with_its_content()
    {
        Assert.Equal("done", Assert.IsType<Status.Success>(RoundTrip(new Status.Success("done"))).Status);
        Assert.Null(Assert.IsType<Status.Success>(RoundTrip(Status.Success.Instance)).Status);
        Exception thrown;
        try
        {
            throw new InvalidOperationException("outer", new ArgumentException("inner"));
        }
        catch (InvalidOperationException e)
        {
            thrown = e;
        }
        var failure = Assert.IsType<Status.Failure>(RoundTrip(new Status.Failure(thrown, 5)));
        Assert.Equal(5, failure.State);
        Assert.Equal("outer", Assert.IsType<InvalidOperationException>(failure.Cause).Message);
        Assert.Equal("inner", Assert.IsType<ArgumentException>(failure.Cause.InnerException).Message);
        Assert.Contains(nameof(Status_comes_back_with_its_content), failure.Cause.StackTrace);
    }

    [Fact]
    public void A_reference_comes_back_as_the_same_actor()
    {
        var actor = NewInbox(_system, "a").Ref;
        Assert.Same(actor, RoundTrip(actor));
        Assert.Same(actor, Assert.IsType<ActorIdentity>(RoundTrip(new ActorIdentity(1, actor))).Subject);
        Assert.Equal(ActorRefs.Nobody, RoundTrip(ActorRefs.Nobody));
    }

    [Fact]
    public void A_selections_steps_come_back()
    {
        SelectionPathElement[] steps = [new SelectChildName("a"), SelectParent.Instance, new SelectChildPattern("b-*"), SelectChildRecursive.Instance];
        var selection = Assert.IsType<ActorSelectionMessage>(RoundTrip(new ActorSelectionMessage("hello", steps, wildCardFanOut: true)));
        Assert.Equal("hello", selection.Message);
        Assert.Equal(steps, selection.Elements);
        Assert.True(selection.WildCardFanOut);
    }

    [Fact]
    public void The_nearest_binding_is_taken()
    {
        var serialization = _system.Serialization;
        Assert.IsType<AnimalSerializer>(serialization.FindSerializerFor(new Cat("Tom")));
        Assert.IsType<AnimalSerializer>(serialization.FindSerializerForType(typeof(Dog)));
        Assert.IsType<TypedSerializer>(serialization.FindSerializerFor(new Typed("a")));
        Assert.Equal(new Cat("Tom"), RoundTrip(new Cat("Tom")));
        Assert.Equal(new Dog(3), RoundTrip(new Dog(3)));
        Assert.Equal(new Typed("a!"), RoundTrip(new Typed("a")));
    }

    [Fact]
    public void A_type_without_a_binding_is_refused_by_name()
    {
        var error = Assert.Throws<SerializationException>(() => _system.Serialization.FindSerializerFor(new Unbound()));
        Assert.Contains(nameof(Unbound), error.Message);
        Assert.Contains("akka.actor.serialization-bindings", error.Message);
        Assert.IsType<ByteArraySerializer>(_system.Serialization.FindSerializerFor(new Unbound(), "bytes"));
    }

    [Fact]
    public void Bindings_that_are_added_later_count()
    {
        Assert.Throws<SerializationException>(() => _system.Serialization.FindSerializerFor(new Unbound()));
        _system.Settings.InjectTopLevelFallback("""
            akka.actor.serialization-bindings { "Akka.Runtime.Tests.Serialization.SerializationSpec+Unbound, Akka.Runtime.Tests" = animals }
            """);
        Assert.IsType<AnimalSerializer>(_system.Serialization.FindSerializerFor(new Unbound()));
        _system.Serialization.AddSerializationMap(typeof(Version), _system.Serialization.FindSerializerFor("text"));
        Assert.Equal(17, _system.Serialization.FindSerializerFor(new Version(1, 2)).Identifier);
    }

    [Theory]
    [InlineData("akka.actor.serialization-bindings { \"System.Version\" = nobody }", "akka.actor.serialization-bindings.\"System.Version\"")]
    [InlineData("akka.actor.serialization-bindings { \"No.Such\" = bytes }", "akka.actor.serialization-bindings.\"No.Such\"")]
    [InlineData("akka.actor.serializers.bad = \"No.Such, Assembly\"", "akka.actor.serializers.bad")]
    [InlineData("akka.actor.serializers.bad = \"Akka.Remote.Serialization.PrimitiveSerializers, Akka.Remote\"", "akka.actor.serializers")]
    public void A_wrong_setting_is_refused_by_its_path(string hocon, string path)
    {
        var system = NewSystem("other", hocon);
        var error = Assert.Throws<ConfigurationException>(() => system.Serialization.FindSerializerFor("text"));
        Assert.Contains(path, error.Message);
    }

    [Fact]
    public void Bytes_of_an_unknown_serializer_or_manifest_are_refused()
    {
        Assert.Contains("999", Assert.Throws<SerializationException>(() => _system.Serialization.Deserialize([], 999, "")).Message);
        Assert.Contains("[Z]", Assert.Throws<SerializationException>(() => _system.Serialization.Deserialize([], 17, "Z")).Message);
        var typed = SerializerBindings.NameOf(typeof(Cat));
        Assert.Contains("not bound", Assert.Throws<SerializationException>(() => _system.Serialization.Deserialize([], 101, typed)).Message);
    }

    [Fact]
    public void Cut_and_lying_bytes_are_an_error_and_nothing_else()
    {
        var actor = NewInbox(_system, "a").Ref;
        object[] messages =
        [
            "some text", 5, 6L, new Identify("id"), new ActorIdentity(1, actor), actor, new Status.Success("x"), new Status.Failure(new InvalidOperationException("e")),
            new ActorSelectionMessage("m", [new SelectChildName("a"), SelectParent.Instance]),
        ];
        var random = new Random(11);
        foreach (var message in messages)
        {
            var serializer = _system.Serialization.FindSerializerFor(message);
            var manifest = Akka.Serialization.Serialization.ManifestFor(serializer, message);
            var bytes = _system.Serialization.Serialize(message);
            for (var cut = 0; cut < bytes.Length; cut++)
                Quietly(bytes[..cut], serializer.Identifier, manifest);
            for (var i = 0; i < 500; i++)
            {
                var bent = bytes.ToArray();
                bent[random.Next(bent.Length)] = (byte)random.Next(256);
                Quietly(bent, serializer.Identifier, manifest);
            }
        }
    }

    [Fact]
    public void A_payload_nested_without_end_is_refused()
    {
        const int Depth = 200_000;
        var layer = new WireWriter();
        layer.VarInt(16);
        layer.String("ID");
        var bytes = new WireWriter();
        for (var i = 0; i < Depth; i++)
        {
            bytes.Raw(layer.Written);
            bytes.Int32((Depth - i - 1) * (layer.Length + sizeof(int)));
        }
        Assert.ThrowsAny<Exception>(() => _system.Serialization.Deserialize(bytes.ToArray(), 16, "ID"));
    }

    [Fact]
    public void A_path_is_serialized_with_the_address_of_the_transport()
    {
        var actor = NewInbox(_system, "a").Ref;
        var elsewhere = new Address("akka.tcp", "sys", "elsewhere", 1);
        var path = Akka.Serialization.Serialization.WithTransport(_system, elsewhere, () => Akka.Serialization.Serialization.SerializedActorPath(actor));
        Assert.Equal($"akka.tcp://sys@elsewhere:1/user/a#{actor.Path.Uid}", path);
        Assert.Throws<InvalidOperationException>(() => Akka.Serialization.Serialization.GetCurrentTransportInformation());
    }

    private void Quietly(byte[] bytes, int serializer, string manifest)
    {
        try
        {
            _system.Serialization.Deserialize(bytes, serializer, manifest);
        }
        catch (SerializationException)
        {
            // This is the error that is meant.
        }
    }

    private object RoundTrip(object message)
    {
        var serializer = _system.Serialization.FindSerializerFor(message);
        var bytes = _system.Serialization.Serialize(message);
        return _system.Serialization.Deserialize(bytes, serializer.Identifier, Akka.Serialization.Serialization.ManifestFor(serializer, message));
    }

    public interface IAnimal;

    public sealed record Cat(string Name) : IAnimal;

    public sealed record Dog(int Legs) : IAnimal;

    public sealed record Typed(string Text);

    public sealed record Unbound;

    public sealed class AnimalSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
    {
        public override int Identifier => 100;

        public override string Manifest(object o) => o is Cat ? "c" : "d";

        public override byte[] ToBinary(object obj) => obj is Cat cat ? Encoding.UTF8.GetBytes(cat.Name) : [(byte)((Dog)obj).Legs];

        public override object FromBinary(byte[] bytes, string manifest) => manifest == "c" ? new Cat(Encoding.UTF8.GetString(bytes)) : new Dog(bytes[0]);
    }

    public sealed class TypedSerializer(ExtendedActorSystem system, Config settings) : Serializer(system)
    {
        public override bool IncludeManifest => true;

        public override byte[] ToBinary(object obj) => Encoding.UTF8.GetBytes(((Typed)obj).Text);

        public override object FromBinary(byte[] bytes, Type type) =>
            Activator.CreateInstance(type, Encoding.UTF8.GetString(bytes) + settings.GetString("suffix"))!;
    }
}
