/// What docs/api.md says about advantages: formulas, and the results where there is nothing to learn from.
enum AdvantageDocs {
  static let heading = "Advantages"

  static let text = """
    An episode's reward is given at its last token; the answer's total reward is R. Tokens of an episode count from its first
    generated one, rows of a batch are episodes.

    | `advantage` | A of a token |
    |---|---|
    | `gae` | delta = (r + gamma v') - v, then A = delta + gamma lambda A'; r, v of the token, v', A' of the next one |
    | `return` | the discounted sum of the rewards from the token on |
    | `group` | R minus the mean of R over the episodes of the same problem |
    | `leave_one_out` | R minus the mean of R over the *other* episodes of the same problem |

    After an episode's last token A' is 0, and v' is 0, too: an answer that a limit of length cut off counts as over
    (`truncated = "terminal"`). With `truncated = "bootstrap"`, for `gae`, v' is there the critic's estimate after the last token:
    A = (r + gamma v') - v. An answer that ended by itself has v' = 0 in any case. The column `truncated` marks the answers that
    were cut off.

    | `normalize` | A becomes |
    |---|---|
    | `none` | A |
    | `mean` | A - mean, over all tokens of the batch |
    | `mean_std` | (A - mean) / (std + 1e-8), the population's std over all tokens of the batch |
    | `group_std` | A / (std + 1e-4), the sample's std of R over the episodes of the same problem |

    Means, standard deviations and differences from them are computed in double precision and rounded once, so that rounding never becomes
    an advantage. Where there is nothing to learn from:

    | case | A |
    |---|---|
    | equal R in a group, whatever R is: `group`, `leave_one_out` | exactly 0 in that group; other groups as usual |
    | equal A at all tokens: `mean`, `mean_std` | exactly 0 |
    | one episode of one token: `mean`, `mean_std` | exactly 0 |
    | equal R, gamma = 1: `return`, `none` | R: there is no baseline, and every token becomes more probable if R is above 0 |
    | equal R, gamma below 1: `return` | not equal: the closer to the end, the more |
    | a critic that says R everywhere, gamma = 1, no answer cut off: `gae` | exactly 0 before `normalize` and after it |
    | a critic that says c everywhere, gamma = 1: `gae` | lambda^k (R - c) at the k-th token before the last |
    | all answers cut off | as above; `bootstrap` with a critic that says c everywhere, r = 0, gamma = 1: exactly 0 |
    | `group` = 1 with `group`, `leave_one_out` or `group_std` | refused |

    With `kl.where = "reward"` the penalty is taken from r before all of this. `t:mean()`, `t:std()` and their `row_` forms keep
    the same promise in a script: of equal values the mean is that value and the standard deviation 0, exactly.


    """
}
