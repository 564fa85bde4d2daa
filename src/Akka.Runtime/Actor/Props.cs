using System.Linq.Expressions;
using Akka.Util;

namespace Akka.Actor;

/// <summary>An immutable recipe for an actor: its class, the constructor's arguments, its dispatcher and its supervision of others.</summary>
public class Props : IEquatable<Props>
{
    public static readonly Props None = new(new ActorRecipe(typeof(EmptyActor), []), Deploy.Local, null);

    private readonly ActorRecipe _recipe;

    public Props(Type type)
        : this(type, [])
    {
    }

    public Props(Type type, object[] args)
        : this(new ActorRecipe(type, args), Deploy.Local, null)
    {
    }

    private Props(ActorRecipe recipe, Deploy deploy, SupervisorStrategy? supervisorStrategy)
    {
        _recipe = recipe;
        Deploy = deploy;
        SupervisorStrategy = supervisorStrategy;
    }

    public static Props Empty => new(typeof(EmptyActor));

    public Type Type => _recipe.Type;

    public string TypeName => Type.TypeQualifiedName();

    public object[] Arguments => _recipe.Arguments;

    public Deploy Deploy { get; protected set; }

    public SupervisorStrategy? SupervisorStrategy { get; protected set; }

    public string Dispatcher => Deploy.Dispatcher;

    public string Mailbox => Deploy.Mailbox;

    /// <summary>
    /// From an expression <c>() => new MyActor(a, b)</c>. The arguments are evaluated here, once; the actor is made later, as often as
    /// it restarts.
    /// </summary>
    public static Props Create<TActor>(Expression<Func<TActor>> factory, SupervisorStrategy? supervisorStrategy = null)
        where TActor : ActorBase =>
        factory.Body is NewExpression expression
            ? new Props(ActorRecipe.Of(expression), Deploy.Local, supervisorStrategy)
            : throw new ArgumentException("The create function must be a 'new T (args)' expression", nameof(factory));

    public static Props Create<TActor>(params object[] args)
        where TActor : ActorBase => Create(typeof(TActor), args);

    public static Props Create<TActor>(SupervisorStrategy supervisorStrategy)
        where TActor : ActorBase, new() => new(new ActorRecipe(typeof(TActor), []), Deploy.Local, supervisorStrategy);

    public static Props Create(Type type, params object[] args)
    {
        ArgumentNullException.ThrowIfNull(type);
        return new Props(type, args);
    }

    public static Props CreateBy(IIndirectActorProducer producer, params object[] args) =>
        new(new ActorRecipe(producer, args), Deploy.Local, null);

    public Props WithDeploy(Deploy deploy) => new(_recipe, deploy, SupervisorStrategy);

    public Props WithDispatcher(string dispatcher) => WithDeploy(Deploy.WithDispatcher(dispatcher));

    public Props WithMailbox(string mailbox) => WithDeploy(Deploy.WithMailbox(mailbox));

    public Props WithSupervisorStrategy(SupervisorStrategy supervisorStrategy) => new(_recipe, Deploy, supervisorStrategy);

    /// <summary>Makes the actor. Called by the runtime, in the new actor's first turn.</summary>
    public virtual ActorBase NewActor() => _recipe.Make();

    public bool Equals(Props? other) =>
        ReferenceEquals(this, other) ||
        (other is not null && Type == other.Type && Dispatcher == other.Dispatcher && Mailbox == other.Mailbox &&
         Equals(SupervisorStrategy, other.SupervisorStrategy) && Arguments.SequenceEqual(other.Arguments));

    public override bool Equals(object? obj) => Equals(obj as Props);

    public override int GetHashCode() => HashCode.Combine(Type, Dispatcher, Mailbox, Arguments.Length);

    internal void Release(ActorBase actor) => _recipe.Release(actor);

    private sealed class EmptyActor : UntypedActor
    {
        protected override void OnReceive(object message)
        {
        }
    }
}
