using Akka.Util;

namespace Akka.Actor;

/// <summary>Makes the strategy that a setting names by its class.</summary>
public abstract class SupervisorStrategyConfigurator
{
    public static SupervisorStrategyConfigurator CreateConfigurator(string typeName) =>
        TypeResolver.Create<SupervisorStrategyConfigurator>(typeName, "akka.actor.guardian-supervisor-strategy");

    public abstract SupervisorStrategy Create();
}
