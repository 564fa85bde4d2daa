using Akka.Actor;
using Akka.Configuration;
using Akka.Util;

namespace Akka.Remote;

/// <summary>Makes the failure detector that a configuration names, by its constructor of (<see cref="Config"/>, <see cref="Event.EventStream"/>).</summary>
public static class FailureDetectorLoader
{
    public static FailureDetector Load(string fqcn, Config config, ActorSystem system) =>
        TypeResolver.Create<FailureDetector>(fqcn, "implementation-class of the failure detector", config, system.EventStream);

    public static FailureDetector LoadFailureDetector(this IActorContext context, string fqcn, Config config) => Load(fqcn, config, context.System);
}
