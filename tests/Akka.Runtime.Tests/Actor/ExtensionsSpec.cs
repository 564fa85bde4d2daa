using Akka.Actor;
using Akka.Configuration;
using Akka.Tests;

namespace Akka.Runtime.Tests.Actor;

public sealed class ExtensionsSpec() : PatientTestKit(ConfigurationFactory.ParseString(
    $"akka.extensions = [\"{typeof(LoadedProvider).FullName}, {typeof(LoadedProvider).Assembly.GetName().Name}\"]"))
{
    [Fact]
    public void An_extension_is_made_once()
    {
        Assert.False(Sys.HasExtension<Counted>());
        var made = Enumerable.Range(0, 8).AsParallel().Select(_ => Sys.WithExtension<Counted, CountedProvider>()).Distinct().ToList();
        Assert.Single(made);
        Assert.Same(made[0], Sys.GetExtension<Counted>());
        Assert.True(Sys.TryGetExtension<Counted>(out var found));
        Assert.Same(made[0], found);
    }

    [Fact]
    public void An_extension_of_the_settings_is_there_from_the_start() => Assert.True(Sys.HasExtension<Loaded>());

    public sealed class Counted : IExtension;

    public sealed class CountedProvider : ExtensionIdProvider<Counted>
    {
        public override Counted CreateExtension(ExtendedActorSystem system) => new();
    }

    public sealed class Loaded : IExtension;

    public sealed class LoadedProvider : ExtensionIdProvider<Loaded>
    {
        public override Loaded CreateExtension(ExtendedActorSystem system) => new();
    }
}
