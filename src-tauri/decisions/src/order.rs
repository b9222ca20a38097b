//! Whose word counts where hosted hooks and rules speak about a request: any deny, then an *ask* rule, then an allow that a person
//! gave beforehand (a rule, or a hook with a grant), then the person. Pure.

use model::{Answer, Decision, HookKey, RuleId, RuleSays, Verdict};

/// What a hosted hook says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookVerdict {
    pub hook: HookKey,
    pub verdict: Verdict,
    pub grant: Grant,
}

/// Whether a hook's *allow* counts now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// A person granted it, and nothing that the grant covers has changed.
    Holds,
    /// It is advice.
    Missing,
}

/// What a rule says that fits the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleVerdict {
    pub rule: RuleId,
    pub says: RuleSays,
}

/// What becomes of the request before anybody is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    Decided(Answer),
    /// A person is asked. These hooks would allow it.
    Ask {
        advice: Vec<HookKey>,
    },
}

/// Settles a request. Both lists in configured order, which only tells which one of several equal words is named.
pub fn order(hooks: &[HookVerdict], rules: &[RuleVerdict]) -> Order {
    if let Some(answer) = denied(hooks, rules) {
        return Order::Decided(answer);
    }
    let asks = rules.iter().any(|rule| match rule.says {
        RuleSays::Ask => true,
        RuleSays::Deny { .. } | RuleSays::Allow => false,
    });
    match allowed(hooks, rules) {
        Some(answer) if !asks => Order::Decided(answer),
        Some(_) | None => Order::Ask { advice: allowing(hooks).map(|said| said.hook.clone()).collect() },
    }
}

fn denied(hooks: &[HookVerdict], rules: &[RuleVerdict]) -> Option<Answer> {
    let hook = hooks.iter().find_map(|said| match &said.verdict {
        Verdict::Deny { message } => Some(Answer::hook(said.hook.clone(), Decision::Deny { message: message.clone() })),
        Verdict::Allow => None,
    });
    let rule = || {
        rules.iter().find_map(|said| match &said.says {
            RuleSays::Deny { message } => {
                Some(Answer::rule(said.rule.clone(), Decision::Deny { message: message.clone() }))
            }
            RuleSays::Ask | RuleSays::Allow => None,
        })
    };
    hook.or_else(rule)
}

fn allowed(hooks: &[HookVerdict], rules: &[RuleVerdict]) -> Option<Answer> {
    let rule = rules.iter().find(|said| match said.says {
        RuleSays::Allow => true,
        RuleSays::Deny { .. } | RuleSays::Ask => false,
    });
    let granted = || allowing(hooks).find(|said| said.grant == Grant::Holds);
    rule.map(|said| Answer::rule(said.rule.clone(), Decision::Allow))
        .or_else(|| granted().map(|said| Answer::hook(said.hook.clone(), Decision::Allow)))
}

fn allowing(hooks: &[HookVerdict]) -> impl Iterator<Item = &HookVerdict> {
    hooks.iter().filter(|said| match said.verdict {
        Verdict::Allow => true,
        Verdict::Deny { .. } => false,
    })
}

#[cfg(test)]
mod tests {
    use model::By;
    use proptest::prelude::*;

    use super::*;

    fn hook(name: &str, verdict: Verdict, grant: Grant) -> HookVerdict {
        HookVerdict { hook: HookKey::new(name), verdict, grant }
    }

    fn rule(name: &str, says: RuleSays) -> RuleVerdict {
        RuleVerdict { rule: RuleId::new(name), says }
    }

    fn deny(message: &str) -> Verdict {
        Verdict::Deny { message: message.to_owned() }
    }

    fn ask(advice: &[&str]) -> Order {
        Order::Ask { advice: advice.iter().map(|name| HookKey::new(*name)).collect() }
    }

    #[test]
    fn nobody_has_said_anything_a_person_is_asked() {
        assert_eq!(order(&[], &[]), ask(&[]));
    }

    #[test]
    fn an_allow_without_a_grant_is_advice() {
        let hooks = [hook("a", Verdict::Allow, Grant::Missing), hook("b", Verdict::Allow, Grant::Missing)];
        assert_eq!(order(&hooks, &[]), ask(&["a", "b"]));
    }

    #[test]
    fn a_granted_allow_allows_and_is_named() {
        let hooks = [hook("a", Verdict::Allow, Grant::Missing), hook("b", Verdict::Allow, Grant::Holds)];
        assert_eq!(order(&hooks, &[]), Order::Decided(Answer::hook(HookKey::new("b"), Decision::Allow)));
    }

    #[test]
    fn a_persons_deny_rule_beats_a_granted_allow() {
        let hooks = [hook("a", Verdict::Allow, Grant::Holds)];
        let rules = [rule("r", RuleSays::Allow), rule("s", RuleSays::Deny { message: "no".to_owned() })];
        let denied = Answer::rule(RuleId::new("s"), Decision::Deny { message: "no".to_owned() });
        assert_eq!(order(&hooks, &rules), Order::Decided(denied));
    }

    #[test]
    fn a_hooks_deny_beats_everything_and_needs_no_grant() {
        let hooks = [hook("a", Verdict::Allow, Grant::Holds), hook("b", deny("stop"), Grant::Missing)];
        let denied = Answer::hook(HookKey::new("b"), Decision::Deny { message: "stop".to_owned() });
        assert_eq!(order(&hooks, &[rule("r", RuleSays::Allow)]), Order::Decided(denied));
    }

    #[test]
    fn an_ask_rule_beats_every_allow() {
        let hooks = [hook("a", Verdict::Allow, Grant::Holds)];
        assert_eq!(order(&hooks, &[rule("r", RuleSays::Allow), rule("s", RuleSays::Ask)]), ask(&["a"]));
    }

    #[test]
    fn an_allow_rule_allows() {
        let allowed = Answer::rule(RuleId::new("r"), Decision::Allow);
        assert_eq!(order(&[], &[rule("r", RuleSays::Allow)]), Order::Decided(allowed));
    }

    fn hooks() -> impl Strategy<Value = Vec<HookVerdict>> {
        let verdict = prop_oneof![Just(Verdict::Allow), "[a-z]{0,3}".prop_map(|message| Verdict::Deny { message })];
        let grant = prop_oneof![Just(Grant::Holds), Just(Grant::Missing)];
        let hook = (0..9u8, verdict, grant).prop_map(|(n, verdict, grant)| hook(&n.to_string(), verdict, grant));
        prop::collection::vec(hook, 0..5)
    }

    fn rules() -> impl Strategy<Value = Vec<RuleVerdict>> {
        let says = prop_oneof![
            Just(RuleSays::Allow),
            Just(RuleSays::Ask),
            "[a-z]{0,3}".prop_map(|message| RuleSays::Deny { message })
        ];
        prop::collection::vec((0..9u8, says).prop_map(|(n, says)| rule(&n.to_string(), says)), 0..5)
    }

    /// The kind of what was settled, without who and what words.
    fn kind(order: &Order) -> &'static str {
        match order {
            Order::Ask { .. } => "ask",
            Order::Decided(answer) => match answer.decision() {
                Decision::Allow => "allow",
                Decision::Deny { .. } => "deny",
                Decision::NoDecision => "none",
            },
        }
    }

    proptest! {
        #[test]
        fn the_order_of_words_does_not_matter_and_deny_is_the_strongest(hooks in hooks(), rules in rules()) {
            let settled = order(&hooks, &rules);
            let reversed = |mut hooks: Vec<HookVerdict>, mut rules: Vec<RuleVerdict>| {
                hooks.reverse();
                rules.reverse();
                order(&hooks, &rules)
            };
            prop_assert_eq!(kind(&settled), kind(&reversed(hooks.clone(), rules.clone())));

            let denies = hooks.iter().any(|said| said.verdict != Verdict::Allow)
                || rules.iter().any(|said| matches!(said.says, RuleSays::Deny { .. }));
            let asks = rules.iter().any(|said| said.says == RuleSays::Ask);
            let allows = rules.iter().any(|said| said.says == RuleSays::Allow)
                || hooks.iter().any(|said| said.verdict == Verdict::Allow && said.grant == Grant::Holds);
            let expected = if denies { "deny" } else if allows && !asks { "allow" } else { "ask" };
            prop_assert_eq!(kind(&settled), expected);
            if let Order::Decided(answer) = settled {
                prop_assert!(!matches!(answer.by(), By::Person | By::Nobody(_)));
            }
        }
    }
}
